// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

struct Notification {
    std::string channel;
    std::string payload;
    int backend = 0;  ///< process id of the server session that said it
};

/// Hears what transactions NOTIFY, in the order of their commits, on a session of its own.
///
/// Nothing sent after open() returned is missed while the session lives. When it breaks, wait() fails with
/// storage.unreachable and what was sent meanwhile is lost to it: open a new one first, then read the state that
/// the notifications are about. One thread at a time.
class Listener {
public:
    static Result<Listener> open(const std::string& dsn, const std::string& program,
                                 const std::vector<std::string>& channels);

    /// Everything heard so far, waiting up to `patience` for the first. Empty on time-out.
    Result<std::vector<Notification>> wait(std::chrono::milliseconds patience);

    /// Becomes readable when there may be something to wait() for: for callers with a poll loop of their own.
    [[nodiscard]] int fd() const;

private:
    explicit Listener(Connection connection) : connection_(std::move(connection)) {}
    void collect(std::vector<Notification>& heard);
    Connection connection_;
};

}  // namespace watchglass::storage
