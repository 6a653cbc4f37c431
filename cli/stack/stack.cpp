// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/stack.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "certs/development_pki.h"
#include "cli/stack/cluster.h"
#include "cli/stack/codes.h"
#include "cli/stack/ports.h"
#include "cli/stack/services.h"

namespace watchglass::cli {

namespace {

/// Holds the directory for this process; the kernel lets go of it however the process ends.
Result<UniqueFd> lock_directory(const StackLayout& layout) {
    UniqueFd fd{::open(layout.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd) {
        return failed(Failure{watchglass::codes::io_error, Next::tell_operator,
                              fmt::format("{}: {}", layout.lock().string(), std::strerror(errno)), ""});
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return failed(Failure{codes::directory_in_use, Next::give_up, layout.directory().string(), ""});
    }
    return fd;
}

/// Nothing when the stack never ran, or somebody wrote something else there.
std::optional<std::uint16_t> read_port_last_time(const StackLayout& layout) {
    const auto text = read_file(layout.public_port(), 16);
    std::uint16_t port = 0;
    if (!text) return std::nullopt;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), port);
    if (read.ec != std::errc{} || port == 0) return std::nullopt;
    return port;
}

}  // namespace

Result<std::unique_ptr<Stack>> Stack::prepare(StackLayout layout, std::optional<std::uint16_t> port,
                                              int ingest) {
    if (auto fits = check_depth(layout); !fits) return failed(fits);
    auto programs = Programs::locate();
    if (!programs) return failed(programs);
    auto account = stack_account();
    if (!account) return failed(account);
    if (auto made = make_directory_for(*account, layout.directory(), 0755); !made) return failed(made);
    if (auto reachable = check_reachable(*account, layout.directory()); !reachable) return failed(reachable);
    auto lock = lock_directory(layout);
    if (!lock) return failed(lock);
    const auto port_last_time = read_port_last_time(layout);
    auto public_port = open_public_port(port, port_last_time);
    if (!public_port) return failed(public_port);
    const auto device_port = free_loopback_port();
    if (!device_port) return failed(device_port);
    auto service_port = free_loopback_port();
    while (service_port && *service_port == *device_port) service_port = free_loopback_port();
    if (!service_port) return failed(service_port);

    std::unique_ptr<Stack> stack{new Stack(std::move(layout), std::move(*programs), std::move(*account),
                                           std::move(*lock), std::move(public_port->socket))};
    stack->port_last_time_ = port_last_time;
    stack->ingest_ = ingest;
    stack->description_.port = public_port->port;
    stack->description_.broker_device_port = *device_port;
    stack->description_.broker_service_port = *service_port;
    return stack;
}

Stack::Stack(StackLayout layout, Programs programs, Account account, UniqueFd lock, UniqueFd public_socket)
    : layout_(std::move(layout)),
      programs_(std::move(programs)),
      account_(std::move(account)),
      lock_(std::move(lock)),
      public_socket_(std::move(public_socket)),
      supervisor_(layout_, account_) {
    supervisor_.on_change = [this] { (void)publish_description(); };
}

Stack::~Stack() { stop(); }

Result<void> Stack::start(const std::atomic<bool>& cancelled,
                          const std::function<void(std::string_view)>& progress) {
    progress("keys and certificates");
    if (auto made = make_directories(); !made) return made;
    if (auto made = make_credentials(); !made) return made;

    progress("database");
    if (auto made = prepare_cluster(layout_, programs_, account_); !made) return made;
    if (auto ready = supervisor_.start(cluster_program(layout_, programs_, account_), cancelled); !ready)
        return ready;
    if (auto made = prepare_database(layout_, programs_, account_); !made) return made;

    if (auto ready = start_services(cancelled, progress); !ready) return ready;
    const auto port = fmt::format("{}\n", description_.port);
    if (auto kept = write_file_atomically(layout_.public_port(), port); !kept) return kept;
    return publish_description();
}

Result<void> Stack::start_beside(ProgramSpec spec, const std::atomic<bool>& cancelled) {
    if (auto ready = supervisor_.start(std::move(spec), cancelled); !ready) return ready;
    return publish_description();
}

Result<void> Stack::make_directories() {
    // Sockets of a stack that was killed may belong to anybody; nobody uses them now that the directory is ours.
    std::error_code ignored;
    std::filesystem::remove_all(layout_.run(), ignored);
    for (const auto& directory :
         {layout_.run(), layout_.log(), layout_.config(), layout_.broker(), layout_.agents()}) {
        if (auto made = make_directory_for(account_, directory, 0750); !made) return made;
    }
    return {};
}

Result<void> Stack::make_credentials() {
    const SystemClock clock;
    const auto pki = certs::make_development_pki(layout_.pki(), {description_.host}, clock);
    if (!pki) return failed(pki);
    if (auto given = hand_over(account_, layout_.pki()); !given) return given;
    // No program of the stack needs these: they stay with whoever started it.
    const Account starter{::geteuid(), ::getegid(), "", account_.must_drop};
    for (const auto& files : {pki->root(), pki->service_ca(), pki->operator_ca(), pki->first_operator()}) {
        if (auto kept = hand_over(starter, files.key); !kept) return kept;
    }
    description_.launcher_pid = static_cast<int>(::getpid());
    description_.trust_bundle = pki->trust_bundle();
    description_.operator_certificate = pki->first_operator().certificate;
    description_.operator_key = pki->first_operator().key;
    description_.postgres_socket_directory = layout_.run();
    description_.reader_dsn = database_dsn(layout_, "wg_console");
    std::vector<std::string> names{"provisiond", "signerd", "bridged", "consoled"};
    for (int number = 1; number <= ingest_; ++number) names.push_back(ingestd_name(number));
    for (const auto& name : names) description_.sockets[name] = layout_.socket(name).string();
    return {};
}

Result<void> Stack::start_services(const std::atomic<bool>& cancelled,
                                   const std::function<void(std::string_view)>& progress) {
    const StackParts parts{layout_, programs_, account_, description_, public_socket_.get()};
    using Maker = std::function<Result<ProgramSpec>(const StackParts&)>;
    // The order is that of need: an enrollment is answered only when the broker knows the certificate.
    std::vector<std::pair<std::string, Maker>> order{{"signing service", signerd_program},
                                                     {"broker bridge", bridged_program},
                                                     {"broker", broker_program},
                                                     {"provisioning service", provisiond_program}};
    for (int number = 1; number <= ingest_; ++number) {
        order.emplace_back(number == 1 ? "ingest" : fmt::format("ingest {}", number),
                           [number](const StackParts& p) { return ingestd_program(p, number); });
    }
    order.emplace_back("read API", consoled_program);
    order.emplace_back("front door", front_door_program);
    if (auto entered = register_operator(parts); !entered) return entered;
    for (const auto& [title, make] : order) {
        progress(title);
        auto spec = make(parts);
        if (!spec) return failed(spec);
        if (auto ready = supervisor_.start(std::move(*spec), cancelled); !ready) return ready;
    }
    return {};
}

Result<void> Stack::publish_description() {
    description_.processes = supervisor_.process_ids();
    return write_description(description_, layout_);
}

void Stack::watch(const std::atomic<bool>& cancelled) { supervisor_.watch(cancelled); }

void Stack::stop() {
    supervisor_.stop();
    std::error_code ignored;
    std::filesystem::remove(layout_.description(), ignored);
}

}  // namespace watchglass::cli
