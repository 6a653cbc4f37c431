// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/lines_source.h"

#include <algorithm>
#include <cstring>
#include <system_error>

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

/// True when there is something to read before the stop.
bool readable(int fd, const StopSign& stop) {
    while (!stop.raised()) {
        pollfd entry{fd, POLLIN, 0};
        if (::poll(&entry, 1, poll_ms) > 0) return true;
    }
    return false;
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
    while (readable(listener->get(), stop)) {
        const UniqueFd connection{::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (connection) serve(connection.get(), device, stop);
    }
    ::unlink(socket_.c_str());
    return {};
}

void LinesSource::serve(int connection, device::Device& device, const StopSign& stop) {
    std::string waiting;
    char piece[4096];
    while (readable(connection, stop)) {
        const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
        if (got <= 0) return;
        waiting.append(piece, static_cast<std::size_t>(got));
        for (auto end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n')) {
            const std::string answer = answer_to(take_line(std::string_view{waiting}.substr(0, end), device));
            waiting.erase(0, end + 1);
            if (::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
        }
        if (waiting.size() > longest_line) return;
    }
}

}  // namespace watchglass::agent
