// SPDX-License-Identifier: Apache-2.0
// A shared object to preload: counts the calls by which a program changes its disk or speaks to the network, and makes
// one of them fail or be the program's last. Not linked with anything of ours, so that it cannot change what it watches.
//
//     WATCHGLASS_FAULT_CALL    write, sync, name (create, rename, remove, resize) or send
//     WATCHGLASS_FAULT_AT      the n-th call of that kind, from 1; 0 or absent: only count
//     WATCHGLASS_FAULT_DO      kill_before, kill_after, kill_torn (half of the bytes went out), EIO, ENOSPC
//     WATCHGLASS_FAULT_FOR     so many calls fail (EIO, ENOSPC), from the n-th on; 1
//     WATCHGLASS_FAULT_COUNTS  a file of 4 x 8 bytes: calls made, in the order above, also of a program that was killed
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum class Call : std::uint8_t { write, sync, name, send };
constexpr const char* call_names[] = {"write", "sync", "name", "send"};
enum class Action : std::uint8_t { count, kill_before, kill_after, kill_torn, fail };

struct Plan {
    Call call = Call::write;
    std::uint64_t at = 0;
    std::uint64_t times = 1;
    Action action = Action::count;
    int error = 0;
    std::atomic<std::uint64_t>* counts = nullptr;
};

const char* environment(const char* name) {
    const char* value = ::getenv(name);
    return value == nullptr ? "" : value;
}

std::uint64_t number(const char* name, std::uint64_t fallback) {
    const char* text = environment(name);
    return *text == '\0' ? fallback : ::strtoull(text, nullptr, 10);
}

std::atomic<std::uint64_t>* map_counts() {
    static std::atomic<std::uint64_t> own[4];
    const char* path = environment("WATCHGLASS_FAULT_COUNTS");
    if (*path == '\0') return own;
    const int fd = ::open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return own;
    void* mapped = ::mmap(nullptr, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    return mapped == MAP_FAILED ? own : static_cast<std::atomic<std::uint64_t>*>(mapped);
}

Plan read_plan() {
    Plan plan;
    for (std::size_t i = 0; i < 4; ++i)
        if (std::strcmp(environment("WATCHGLASS_FAULT_CALL"), call_names[i]) == 0)
            plan.call = static_cast<Call>(i);
    plan.at = number("WATCHGLASS_FAULT_AT", 0);
    plan.times = number("WATCHGLASS_FAULT_FOR", 1);
    const char* action = environment("WATCHGLASS_FAULT_DO");
    const auto is = [&](const char* name) { return std::strcmp(action, name) == 0; };
    if (is("kill_before")) plan.action = Action::kill_before;
    if (is("kill_after")) plan.action = Action::kill_after;
    if (is("kill_torn")) plan.action = Action::kill_torn;
    if (is("EIO")) plan.error = EIO;
    if (is("ENOSPC")) plan.error = ENOSPC;
    if (plan.error != 0) plan.action = Action::fail;
    plan.counts = map_counts();
    return plan;
}

/// Read by the first call that comes here; that may be before main().
const Plan& plan() {
    static const Plan made = read_plan();
    return made;
}

[[noreturn]] void die() {
    ::syscall(SYS_kill, ::getpid(), SIGKILL);
    while (true) ::pause();
}

/// What to do with this call, which is counted by that.
Action meet(Call call) {
    const Plan& wanted = plan();
    const std::uint64_t n = wanted.counts[static_cast<std::size_t>(call)].fetch_add(1) + 1;
    if (wanted.at == 0 || call != wanted.call || n < wanted.at) return Action::count;
    const std::uint64_t last = wanted.action == Action::fail ? wanted.at + wanted.times - 1 : wanted.at;
    if (n > last) return Action::count;
    if (wanted.action == Action::kill_before) die();
    return wanted.action;
}

/// The next one of that name: the real one.
template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// For calls that answer -1 and errno; `half` does half of the work.
template <class Whole, class Half>
auto guarded(Call call, Whole whole, Half half) -> decltype(whole()) {
    switch (meet(call)) {
        case Action::fail: errno = plan().error; return -1;
        case Action::kill_torn: (void)half(); die();
        case Action::kill_after: (void)whole(); die();
        default: return whole();
    }
}
template <class Whole>
auto guarded(Call call, Whole whole) -> decltype(whole()) {
    return guarded(call, whole, [] {});
}

/// Regular files and sockets are what a fault is worth; the log is not, nor a pipe that wakes a thread.
bool is(int fd, mode_t kind) {
    struct stat found {};
    return fd > STDERR_FILENO && ::fstat(fd, &found) == 0 && (found.st_mode & S_IFMT) == kind;
}

}  // namespace

#define WG_EXPORTED extern "C" __attribute__((visibility("default")))

WG_EXPORTED ssize_t write(int fd, const void* bytes, size_t size) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
    const int kept = errno;
    const bool file = is(fd, S_IFREG);
    if (!file && !is(fd, S_IFSOCK)) return errno = kept, next(fd, bytes, size);
    return guarded(
        file ? Call::write : Call::send, [&] { return next(fd, bytes, size); },
        [&] { return next(fd, bytes, size / 2); });
}

WG_EXPORTED ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
    return guarded(
        Call::write, [&] { return next(fd, bytes, size, at); },
        [&] { return next(fd, bytes, size / 2, at); });
}
WG_EXPORTED ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
    return pwrite(fd, bytes, size, at);
}

WG_EXPORTED ssize_t writev(int fd, const iovec* parts, int count) {
    static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
    const bool file = is(fd, S_IFREG);
    if (!file && !is(fd, S_IFSOCK)) return next(fd, parts, count);
    return guarded(
        file ? Call::write : Call::send, [&] { return next(fd, parts, count); },
        [&] { return next(fd, parts, 1); });
}

WG_EXPORTED ssize_t send(int fd, const void* bytes, size_t size, int flags) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t, int)>("send");
    return guarded(
        Call::send, [&] { return next(fd, bytes, size, flags); },
        [&] { return next(fd, bytes, size / 2, flags); });
}

WG_EXPORTED ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
                           socklen_t length) {
    static const auto next =
        real<ssize_t (*)(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
    return guarded(
        Call::send, [&] { return next(fd, bytes, size, flags, to, length); },
        [&] { return next(fd, bytes, size / 2, flags, to, length); });
}

WG_EXPORTED ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static const auto next = real<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
    return guarded(Call::send, [&] { return next(fd, message, flags); });
}

WG_EXPORTED int fsync(int fd) {
    static const auto next = real<int (*)(int)>("fsync");
    return guarded(Call::sync, [&] { return next(fd); });
}

WG_EXPORTED int fdatasync(int fd) {
    static const auto next = real<int (*)(int)>("fdatasync");
    return guarded(Call::sync, [&] { return next(fd); });
}

WG_EXPORTED int rename(const char* from, const char* to) {
    static const auto next = real<int (*)(const char*, const char*)>("rename");
    return guarded(Call::name, [&] { return next(from, to); });
}

WG_EXPORTED int renameat(int from_fd, const char* from, int to_fd, const char* to) {
    static const auto next = real<int (*)(int, const char*, int, const char*)>("renameat");
    return guarded(Call::name, [&] { return next(from_fd, from, to_fd, to); });
}

WG_EXPORTED int unlink(const char* path) {
    static const auto next = real<int (*)(const char*)>("unlink");
    return guarded(Call::name, [&] { return next(path); });
}

WG_EXPORTED int unlinkat(int fd, const char* path, int flags) {
    static const auto next = real<int (*)(int, const char*, int)>("unlinkat");
    return guarded(Call::name, [&] { return next(fd, path, flags); });
}

WG_EXPORTED int mkdir(const char* path, mode_t mode) {
    static const auto next = real<int (*)(const char*, mode_t)>("mkdir");
    return guarded(Call::name, [&] { return next(path, mode); });
}

WG_EXPORTED int ftruncate(int fd, off_t size) {
    static const auto next = real<int (*)(int, off_t)>("ftruncate");
    return guarded(Call::name, [&] { return next(fd, size); });
}

WG_EXPORTED int openat(int fd, const char* path, int flags, ...) {
    static const auto next = real<int (*)(int, const char*, int, ...)>("openat");
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & O_CREAT) == 0) return next(fd, path, flags, mode);
    return guarded(Call::name, [&] { return next(fd, path, flags, mode); });
}

/// Answers its error itself instead of by errno.
WG_EXPORTED int posix_fallocate(int fd, off_t at, off_t size) {
    static const auto next = real<int (*)(int, off_t, off_t)>("posix_fallocate");
    switch (meet(Call::name)) {
        case Action::fail: return plan().error;
        case Action::kill_torn: die();
        case Action::kill_after: (void)next(fd, at, size); die();
        default: return next(fd, at, size);
    }
}
