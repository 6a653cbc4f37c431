// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/process_spawn.h"

#include <array>
#include <cstdlib>
#include <system_error>

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watchglass::spawning {
namespace {

Failure not_started(const SpawnOptions& options, std::string_view doing, int error) {
    return Failure{codes::not_started,
                   Next::give_up,
                   fmt::format("{}: {}: {}.", options.argv.empty() ? "(nothing)" : options.argv[0], doing,
                               std::generic_category().message(error)),
                   {}};
}

/// Where the program file is, by the rules of execvp(3).
std::string path_of(const std::string& program) {
    if (program.find('/') != std::string::npos) return program;
    const char* const from_environment = std::getenv("PATH");
    std::string_view rest = from_environment != nullptr ? from_environment : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        const auto candidate = fmt::format("{}/{}", rest.substr(0, colon), program);
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
    }
    return program;
}

/// A script is started by its interpreter, which opens the descriptor again: it must survive the exec.
bool is_script(int fd) {
    std::array<char, 2> begin{};
    return ::pread(fd, begin.data(), begin.size(), 0) == 2 && begin[0] == '#' && begin[1] == '!';
}

struct Ends {
    UniqueFd child;
    UniqueFd ours;
};

Result<Ends> open_stream(const SpawnOptions& options, const Stream& stream, bool input) {
    Ends ends;
    if (std::holds_alternative<NullStream>(stream)) {
        ends.child.reset(::open("/dev/null", (input ? O_RDONLY : O_WRONLY) | O_CLOEXEC));
    } else if (const auto* file = std::get_if<FileStream>(&stream)) {
        const int flags = input ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND;
        ends.child.reset(::open(file->path.c_str(), flags | O_CLOEXEC, 0640));
        if (!ends.child) return failed(not_started(options, file->path.string(), errno));
    } else if (const auto* descriptor = std::get_if<DescriptorStream>(&stream)) {
        ends.child.reset(::fcntl(descriptor->fd, F_DUPFD_CLOEXEC, 0));
        if (!ends.child) return failed(not_started(options, "a descriptor", errno));
    } else if (std::holds_alternative<PipeStream>(stream)) {
        std::array<int, 2> pipe{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failed(not_started(options, "pipe", errno));
        ends.child.reset(pipe[input ? 0 : 1]);
        ends.ours.reset(pipe[input ? 1 : 0]);
    }
    return ends;
}

std::vector<std::string> environment_with(const SpawnOptions& options) {
    std::vector<std::string> all;
    const auto overridden = [&](std::string_view variable) {
        for (const auto& [name, value] : options.environment) {
            if (variable.size() > name.size() && variable[name.size()] == '=' && variable.starts_with(name))
                return true;
        }
        return false;
    };
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (!overridden(*variable)) all.emplace_back(*variable);
    }
    for (const auto& [name, value] : options.environment) {
        if (!value.empty()) all.push_back(fmt::format("{}={}", name, value));
    }
    return all;
}

std::vector<gid_t> groups_of(uid_t uid, gid_t gid) {
    const passwd* const user = ::getpwuid(uid);
    if (user == nullptr) return {gid};
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(user->pw_name, gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(user->pw_name, gid, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

gid_t primary_group(uid_t uid) {
    const passwd* const user = ::getpwuid(uid);
    return user != nullptr ? user->pw_gid : static_cast<gid_t>(uid);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
    all.push_back(nullptr);
    return all;
}

/// All that the child needs, made ready before fork: in the child of a program with threads only system calls
/// are safe.
struct Prepared {
    UniqueFd program;
    UniqueFd directory;
    Ends in;
    Ends out;
    Ends err;
    std::vector<std::string> argv;
    std::vector<std::string> environment;
    std::vector<char*> argv_pointers;
    std::vector<char*> environment_pointers;
    std::optional<uid_t> uid;
    gid_t gid = 0;
    std::vector<gid_t> groups;
    bool new_process_group = false;
    bool die_with_parent = false;
    pid_t parent = 0;
    UniqueFd report;  ///< carries errno when exec does not happen; closed by exec when it does
};

/// Puts `fd` in place of a standard stream. `fd` is never 0..2 itself: see raise_above_standard().
bool becomes(const UniqueFd& fd, int standard) { return !fd || ::dup2(fd.get(), standard) >= 0; }

/// Runs in the child. Returns only when something failed, with errno set.
void enter_program(const Prepared& p) {
    if (p.new_process_group && ::setpgid(0, 0) != 0) return;
    if (!becomes(p.in.child, STDIN_FILENO) || !becomes(p.out.child, STDOUT_FILENO) ||
        !becomes(p.err.child, STDERR_FILENO)) {
        return;
    }
    if (p.directory && ::fchdir(p.directory.get()) != 0) return;
    if (p.uid) {
        if (::setgroups(p.groups.size(), p.groups.data()) != 0) return;
        if (::setresgid(p.gid, p.gid, p.gid) != 0 || ::setresuid(*p.uid, *p.uid, *p.uid) != 0) return;
    }
    if (p.die_with_parent) {  // after the change of user, which would undo it
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
        if (::getppid() != p.parent) ::_exit(127);  // it ended before we asked
    }
    // A daemon blocks or ignores some signals; a program it starts expects none of that.
    sigset_t none;
    sigemptyset(&none);
    ::signal(SIGPIPE, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::fexecve(p.program.get(), p.argv_pointers.data(), p.environment_pointers.data());
}

/// dup2 onto 0..2 must not overwrite a descriptor that is still needed, so all of them lie above.
bool raise_above_standard(UniqueFd& fd) {
    if (!fd || fd.get() > STDERR_FILENO) return true;
    const int raised = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    fd.reset(raised);
    return raised >= 0;
}

Result<Prepared> prepare(const SpawnOptions& options) {
    if (options.argv.empty()) return failed(not_started(options, "argv", EINVAL));
    Prepared p;
    const auto path = path_of(options.argv[0]);
    p.program.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!p.program || ::access(path.c_str(), X_OK) != 0)
        return failed(not_started(options, "opening it", errno));
    if (!options.directory.empty()) {
        p.directory.reset(::open(options.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!p.directory) return failed(not_started(options, options.directory.string(), errno));
    }
    auto in = open_stream(options, options.in, true);
    if (!in) return failed(std::move(in));
    auto out = open_stream(options, options.out, false);
    if (!out) return failed(std::move(out));
    auto err = open_stream(options, options.err, false);
    if (!err) return failed(std::move(err));
    p.in = std::move(*in);
    p.out = std::move(*out);
    p.err = std::move(*err);

    p.argv = options.argv;
    p.environment = environment_with(options);
    p.argv_pointers = pointers(p.argv);
    p.environment_pointers = pointers(p.environment);
    p.uid = options.uid;
    if (options.uid) {
        p.gid = options.gid.value_or(primary_group(*options.uid));
        p.groups = groups_of(*options.uid, p.gid);
    }
    p.new_process_group = options.new_process_group;
    p.die_with_parent = options.die_with_parent;
    p.parent = ::getpid();
    for (auto* fd : {&p.program, &p.directory, &p.in.child, &p.out.child, &p.err.child}) {
        if (!raise_above_standard(*fd)) return failed(not_started(options, "descriptors", errno));
    }
    return p;
}

}  // namespace

Result<Spawned> spawn(const SpawnOptions& options) {
    auto prepared = prepare(options);
    if (!prepared) return failed(std::move(prepared));
    Prepared& p = *prepared;

    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) return failed(not_started(options, "pipe", errno));
    UniqueFd heard{report[0]};
    p.report.reset(report[1]);
    if (!raise_above_standard(p.report)) return failed(not_started(options, "descriptors", errno));
    const bool script = is_script(p.program.get());

    const pid_t pid = ::fork();
    if (pid < 0) return failed(not_started(options, "fork", errno));
    if (pid == 0) {
        if (script) ::fcntl(p.program.get(), F_SETFD, 0);
        enter_program(p);
        const int error = errno;
        [[maybe_unused]] const auto told = ::write(p.report.get(), &error, sizeof error);
        ::_exit(127);
    }
    p.report.reset();

    int error = 0;
    ssize_t got = 0;
    while ((got = ::read(heard.get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (got == static_cast<ssize_t>(sizeof error)) {
        ::waitpid(pid, nullptr, 0);
        return failed(not_started(options, "starting it", error));
    }
    return Spawned{pid, std::move(p.in.ours), std::move(p.out.ours), std::move(p.err.ours)};
}

}  // namespace watchglass::spawning
