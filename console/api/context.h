// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "libs/foundation/clock.h"
#include "libs/http/message.h"
#include "storage/postgres/connection_pool.h"
#include "storage/read/scope.h"

namespace watchglass::console {

/// What every endpoint works with; outlives the server.
struct Context {
    storage::ConnectionPool& pool;
    const Clock& clock;
};

/// A failure with the status it is answered with.
struct Refusal {
    int status = 400;
    Failure failure;
};
template <class T>
using Answered = tl::expected<T, Refusal>;

[[nodiscard]] tl::unexpected<Refusal> refuse(int status, const Code& code, std::string detail = {});
/// The database did not do its part.
[[nodiscard]] tl::unexpected<Refusal> refuse(const Failure& failure);

using Answer = std::function<Answered<http::Response>(storage::UnitOfWork&)>;

/// The way of every reading request: a connection, who is asking, one read-only transaction that shows only what they
/// may see, an answer.
[[nodiscard]] http::Response read(const Context& context, const http::Request& request, const Answer& answer);
/// The same for what concerns the platform as a whole: 403 for an operator of one tenant.
[[nodiscard]] http::Response read_platform(const Context& context, const http::Request& request,
                                           const Answer& answer);

}  // namespace watchglass::console
