// SPDX-License-Identifier: Apache-2.0
#include "console/api/context.h"

#include "console/access.h"

namespace watchglass::console {
namespace {

Answered<http::Response> read_as_operator(
    const Context& context, const http::Request& request,
    const std::function<Answered<http::Response>(storage::UnitOfWork&)>& answer) {
    auto connection = context.pool.acquire();
    if (!connection) return refuse(connection.error());
    const auto reader = admit(**connection, request);
    if (!reader) return tl::unexpected(reader.error());
    auto unit = storage::begin_read(**connection, reader->scope);
    if (!unit) return refuse(unit.error());
    return answer(*unit);
}

}  // namespace

tl::unexpected<Refusal> refuse(int status, const Code& code, std::string detail) {
    return tl::unexpected<Refusal>({status, {code, Next::give_up, std::move(detail), {}}});
}

tl::unexpected<Refusal> refuse(const Failure& failure) {
    const int status = failure.next == Next::give_up ? 400 : failure.next == Next::retry_later ? 503 : 500;
    return tl::unexpected<Refusal>({status, failure});
}

http::Response read(const Context& context, const http::Request& request,
                    const std::function<Answered<http::Response>(storage::UnitOfWork&)>& answer) {
    auto response = read_as_operator(context, request, answer);
    if (!response) return http::problem(response.error().status, response.error().failure);
    return std::move(*response);
}

}  // namespace watchglass::console
