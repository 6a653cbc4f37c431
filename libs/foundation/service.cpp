// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/service.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libs/foundation/file.h"

namespace watchglass {
namespace {

sigset_t termination_set() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

TerminationSignals::TerminationSignals() {
    sigset_t blocked = termination_set();
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

int TerminationSignals::wait() {
    const sigset_t set = termination_set();
    int signal = 0;
    while (sigwait(&set, &signal) != 0) {
    }
    return raised_from_within_ ? 0 : signal;
}

void TerminationSignals::raise_from_within() {
    raised_from_within_ = true;
    ::kill(::getpid(), SIGTERM);  // to the process: whichever thread waits takes it
}

void notify_ready() {
    const char* name = std::getenv("NOTIFY_SOCKET");
    if (name == nullptr || *name == '\0') return;

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(name);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, name, length);
    if (name[0] == '@') address.sun_path[0] = '\0';  // an abstract socket

    const UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!fd) return;
    constexpr std::string_view message = "READY=1";
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    (void)::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace watchglass
