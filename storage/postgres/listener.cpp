// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/listener.h"

#include <cerrno>

#include <libpq-fe.h>
#include <poll.h>

#include "storage/postgres/failures.h"

namespace watchglass::storage {

Result<Listener> Listener::open(const std::string& dsn, const std::string& program,
                                const std::vector<std::string>& channels) {
    auto connection = Connection::open(dsn, program);
    if (!connection) return failed(connection);
    for (const std::string& channel : channels) {
        char* quoted = PQescapeIdentifier(connection->raw(), channel.data(), channel.size());
        const std::string sql = std::string("LISTEN ") + (quoted ? quoted : "");
        PQfreemem(quoted);
        if (auto listening = connection->run(sql); !listening) return failed(listening);
    }
    return Listener{std::move(*connection)};
}

void Listener::collect(std::vector<Notification>& heard) {
    while (PGnotify* notify = PQnotifies(connection_.raw())) {
        heard.push_back({notify->relname, notify->extra, notify->be_pid});
        PQfreemem(notify);
    }
}

Result<std::vector<Notification>> Listener::wait(std::chrono::milliseconds patience) {
    std::vector<Notification> heard;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        // What the server said before it closed is still worth hearing, so collect before complaining.
        const bool alive = PQconsumeInput(connection_.raw()) == 1;
        collect(heard);
        if (!heard.empty()) return heard;
        if (!alive || connection_.broken()) return failed(connection_failure(connection_.raw()));
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return heard;
        pollfd waiting{fd(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
            return failed(connection_failure(connection_.raw()));
    }
}

int Listener::fd() const { return PQsocket(connection_.raw()); }

}  // namespace watchglass::storage
