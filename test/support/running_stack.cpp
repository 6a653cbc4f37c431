// SPDX-License-Identifier: Apache-2.0
#include "test/support/running_stack.h"

#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>
#include <signal.h>

#include "cli/stack/programs.h"
#include "libs/http/client.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        if (end == std::string::npos) break;
        at = end + 1;
    }
    return lines;
}

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    return std::move(*result);
}

std::string succeeded(Finished finished) {
    if (!finished.status.success())
        throw std::runtime_error(finished.status.text() + ": " + finished.err + finished.out);
    return std::move(finished.out);
}

}  // namespace

std::filesystem::path program(const std::string& name) {
    const char* build = std::getenv("WATCHGLASS_BUILD_DIR");
    if (build == nullptr) throw std::runtime_error("WATCHGLASS_BUILD_DIR is not set: run the tests by ctest");
    return std::filesystem::path{build} / "bin" / name;
}

SpawnOptions replaying_agent(const std::filesystem::path& instrument, const std::filesystem::path& recording,
                             const std::string& speed) {
    SpawnOptions options;
    options.argv = {program("watchglass-agent").string(),
                    "run",
                    "--dir",
                    instrument.string(),
                    "--source",
                    "csv",
                    "--file",
                    recording.string(),
                    "--dictionary",
                    "pump-test-bench",
                    "--speed",
                    speed,
                    "--exit-when-stored"};
    return options;
}

RunningStack::RunningStack(const std::vector<std::string>& arguments)
    : layout_(home_.path() / "stack"), account_(must(cli::stack_account())) {
    std::filesystem::create_directories(scratch());
    start(arguments);
}

void RunningStack::start(const std::vector<std::string>& arguments) {
    SpawnOptions options;
    options.argv = {program("watchglass").string(), "up", "--dir", directory().string()};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    const auto log = home_.path() / "launcher.log";
    std::filesystem::remove(log);
    options.out = FileStream{log};
    options.err = FileStream{log};
    launcher_ = must(ChildProcess::spawn(options));
    // The description is written last of all.
    const bool ready = eventually(
        120s, [&] { return std::filesystem::exists(layout_.description()) || !launcher_->running(); });
    if (!ready || !launcher_->running()) {
        throw std::runtime_error("the stack did not start: " + words());
    }
    description_ = must(cli::read_description(layout_));
}

std::string RunningStack::words() const {
    return read_file(home_.path() / "launcher.log").value_or("(no output)");
}

RunningStack::~RunningStack() {
    if (launcher_) stop(SIGTERM);
}

std::filesystem::path RunningStack::scratch() const { return home_.path() / "scratch"; }

Finished RunningStack::cli(std::vector<std::string> arguments) const {
    SpawnOptions options;
    options.argv = std::move(arguments);
    options.argv.insert(options.argv.begin(), program("watchglass").string());
    options.argv.insert(options.argv.end(), {"--dir", directory().string()});
    return must(run_program(std::move(options), 60s));
}

json::Value RunningStack::cli_json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    return must(json::parse(succeeded(cli(std::move(arguments)))));
}

std::vector<std::string> RunningStack::sql(const std::string& query) const {
    SpawnOptions options;
    options.argv = {must(cli::Programs::locate_system("psql")).string(),
                    "-X",
                    "-A",
                    "-t",
                    "-q",
                    "-v",
                    "ON_ERROR_STOP=1",
                    "-h",
                    description_.postgres_socket_directory.string(),
                    "-U",
                    "watchglass",
                    "-d",
                    "watchglass",
                    "-c",
                    query};
    options.directory = "/";
    options.environment = {{"PGTZ", "UTC"}};
    if (account_.must_drop) {
        options.uid = account_.uid;
        options.gid = account_.gid;
    }
    return lines_of(succeeded(must(run_program(std::move(options), 60s))));
}

std::int64_t RunningStack::sql_number(const std::string& query) const {
    const auto rows = sql(query);
    if (rows.size() != 1) throw std::runtime_error("not one number: " + query);
    return std::stoll(rows.front());
}

bool RunningStack::latest_is_current() const {
    return sql_number(
               "SELECT count(*) FROM watchglass.streams s JOIN watchglass.devices d USING (tenant, device) "
               "JOIN watchglass.latest_progress p ON p.shard = left(d.device_id, 1)::\"char\" "
               "WHERE s.last_commit > p.through") == 0;
}

std::string RunningStack::service_metrics(const std::string& name) const {
    http::Client client{std::filesystem::path{description_.sockets.at(name)}};
    http::ClientRequest request;
    request.target = "/metrics";
    return must(client.send(request)).body;
}

int RunningStack::pid_of(const std::string& name) const {
    return must(cli::read_description(layout_)).processes.at(name);
}

void RunningStack::kill(const std::string& name, int signal) const { ::kill(pid_of(name), signal); }

std::string RunningStack::enroll(const std::filesystem::path& instrument, const std::string& serial,
                                 const std::string& dictionary) const {
    const auto ticket = scratch() / ("ticket-" + serial);
    const auto device = cli_json({"device", "add", "--site", "test", "--model", dictionary, "--serial",
                                  serial, "--dictionary", dictionary, "--ticket-file", ticket.string()});
    SpawnOptions options;
    options.argv = {program("watchglass-agent").string(),
                    "enroll",
                    "--ticket-file",
                    ticket.string(),
                    "--dir",
                    instrument.string()};
    (void)succeeded(must(run_program(std::move(options), 60s)));
    return must(device.text("device"));
}

ExitStatus RunningStack::stop(int signal) {
    launcher_->signal(signal);
    auto ended = launcher_->wait(60s);
    if (!ended) ended = launcher_->terminate(1s);
    launcher_.reset();
    return *ended;
}

}  // namespace watchglass::test
