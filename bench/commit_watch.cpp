// SPDX-License-Identifier: Apache-2.0
// Says when telemetry was committed: `watchglass_commit_watch DSN` writes one line for each commit to standard output, the
// microsecond of the steady clock at which it was heard and the server process that made it. A program of its own because
// PostgreSQL knows its users by the account they run as. Comes back after every loss of the database; killed by its parent.
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "storage/postgres/listener.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void watch(const std::string& dsn) {
    auto listener = storage::Listener::open(dsn, "watchglass_commit_watch", {"watchglass_committed"});
    if (!listener) return;
    while (const auto heard = listener->wait(1s)) {
        const auto now = now_us();
        for (const auto& note : *heard) fmt::print("{} {}\n", now, note.backend);
        std::fflush(stdout);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    while (true) {
        watch(argv[1]);
        std::this_thread::sleep_for(
            25ms);  // a database that recovers has better things to do than to refuse us
    }
}
