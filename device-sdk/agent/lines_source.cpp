// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/lines_source.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <system_error>
#include <vector>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libs/foundation/file.h"
#include "libs/foundation/log.h"
#include "libs/json/json.h"

namespace watchglass::agent {
namespace {

constexpr std::size_t longest_line = 64u << 10;
constexpr int poll_ms = 200;
constexpr std::size_t most_connections = 64;
/// So long a client may leave its answers unread.
constexpr std::chrono::seconds patience{10};

Failure socket_trouble(const std::filesystem::path& path) {
    return Failure{watchglass::codes::io_error,
                   Next::tell_operator,
                   path.string() + ": " + std::generic_category().message(errno) + ".",
                   {}};
}

Result<UniqueFd> listen_on(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) {
        return failed(Failure{
            watchglass::codes::invalid_argument, Next::give_up, "The socket's path is too long.", {}});
    }
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    ::unlink(path.c_str());
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0660) != 0 || ::listen(fd.get(), 8) != 0) {
        return failed(socket_trouble(path));
    }
    return fd;
}

Failure unexpected(std::string why) {
    return Failure{json::codes::unexpected, Next::give_up, std::move(why), {}};
}

Result<Value> value_of(const json::Value& given, const ParameterDefinition& parameter) {
    if (given.is_number()) return Value{*given.as_number()};
    if (const auto truth = given.as_bool()) return Value{*truth ? 1.0 : 0.0};
    const auto text = given.as_text();
    if (!text) return failed(unexpected("The value is neither number, truth value nor text."));
    if (parameter.type != ParameterType::enumeration) return Value{*text};
    const auto label = std::find(parameter.labels.begin(), parameter.labels.end(), *text);
    if (label == parameter.labels.end())
        return failed(unexpected(parameter.name + " has no label " + *text + "."));
    return Value{static_cast<double>(label - parameter.labels.begin())};
}

Result<void> take_alarm(const json::Value& line, const std::string& alarm, device::Device& device) {
    const bool clear = line.find("clear") != nullptr && line.boolean("clear").value_or(false);
    const std::string text = line.text_or("text", "");
    return clear ? device.clear(alarm, text) : device.raise(alarm, text);
}

std::string answer_to(const Result<void>& taken) {
    const auto answer =
        taken
            ? json::Value::object({{"ok", true}})
            : json::Value::object({{"error", taken.error().code.name}, {"detail", taken.error().message()}});
    return answer.dump() + "\n";
}

/// One client. Nothing here waits: who does not take its answers is not read either, and in the end closed.
class Connection {
public:
    explicit Connection(UniqueFd fd) : fd_(std::move(fd)) {}

    [[nodiscard]] pollfd interest() const {
        const int events = answers_.empty() ? POLLIN : POLLOUT;
        return {fd_.get(), static_cast<short>(events), 0};
    }
    [[nodiscard]] bool over() const {
        return !fd_ || (!answers_.empty() && std::chrono::steady_clock::now() - stalled_since_ > patience);
    }
    void serve(device::Device& device) {
        if (answers_.empty() && !take(device)) return fd_.reset();
        if (!answers_.empty() && !answer()) fd_.reset();
    }

private:
    bool take(device::Device& device) {
        char piece[4096];
        const ssize_t got = ::recv(fd_.get(), piece, sizeof piece, MSG_DONTWAIT);
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        if (got == 0) return false;
        waiting_.append(piece, static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (auto end = waiting_.find('\n'); end != std::string::npos; end = waiting_.find('\n', begin)) {
            answers_ += answer_to(take_line(std::string_view{waiting_}.substr(begin, end - begin), device));
            begin = end + 1;
        }
        waiting_.erase(0, begin);
        stalled_since_ = std::chrono::steady_clock::now();
        return waiting_.size() <= longest_line;
    }
    bool answer() {
        const ssize_t sent = ::send(fd_.get(), answers_.data(), answers_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        answers_.erase(0, static_cast<std::size_t>(sent));
        stalled_since_ = std::chrono::steady_clock::now();
        return true;
    }

    UniqueFd fd_;
    std::string waiting_;  ///< read, up to the next line's end
    std::string answers_;  ///< not taken yet
    std::chrono::steady_clock::time_point stalled_since_;
};

}  // namespace

Result<void> take_line(std::string_view text, device::Device& device) {
    const auto line = json::parse(text);
    if (!line) return failed(line);
    if (line->find("alarm") != nullptr) {
        const auto alarm = line->text("alarm");
        return alarm ? take_alarm(*line, *alarm, device) : failed(alarm);
    }
    const auto name = line->text("parameter");
    if (!name) return failed(name);
    const ParameterDefinition* parameter = device.dictionary().find(std::string_view{*name});
    if (parameter == nullptr) return failed(unexpected("The dictionary has no parameter " + *name + "."));
    const json::Value* given = line->find("value");
    if (given == nullptr) return failed(unexpected("The member value is missing."));
    const auto value = value_of(*given, *parameter);
    if (!value) return failed(value);
    if (line->find("at") == nullptr) return device.set(parameter->number, *value);
    const auto at_text = line->text("at");
    if (!at_text) return failed(at_text);
    const auto at = parse_rfc3339(*at_text);
    return at ? device.set(parameter->number, *value, *at) : failed(at);
}

Result<void> LinesSource::run(device::Device& device, const StopSign& stop) {
    auto listener = listen_on(socket_);
    if (!listener) return failed(listener);
    log::info("agent.listening", "Taking lines on a local socket.", {{"socket", socket_.string()}});
    std::vector<Connection> connections;
    while (!stop.raised()) {
        std::vector<pollfd> entries;
        for (const Connection& connection : connections) entries.push_back(connection.interest());
        const bool room = connections.size() < most_connections;
        entries.push_back({room ? listener->get() : -1, POLLIN, 0});
        if (::poll(entries.data(), entries.size(), poll_ms) < 0) continue;

        for (std::size_t i = 0; i < connections.size(); ++i) {
            if (entries[i].revents != 0) connections[i].serve(device);
        }
        std::erase_if(connections, [](const Connection& connection) { return connection.over(); });
        if (entries.back().revents == 0) continue;
        UniqueFd accepted{::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (accepted)
            connections.emplace_back(std::move(accepted));
        else
            stop.wait(std::chrono::milliseconds{poll_ms});  // no descriptor left, perhaps: it stays readable
    }
    ::unlink(socket_.c_str());
    return {};
}

}  // namespace watchglass::agent
