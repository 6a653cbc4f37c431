// SPDX-License-Identifier: Apache-2.0
#include "console/api/context.h"

#include "console/access.h"
#include "console/codes.h"

namespace watchglass::console {
namespace {

enum class For { everyone, operators_of_all };

Answered<http::Response> read_as_operator(const Context& context, const http::Request& request, For whom,
                                          const Answer& answer) {
    auto connection = context.pool.acquire();
    if (!connection) return refuse(connection.error());
    const auto reader = admit(**connection, request);
    if (!reader) return tl::unexpected(reader.error());
    if (whom == For::operators_of_all && reader->scope.tenant) return refuse(403, codes::platform_only);
    auto unit = storage::begin_read(**connection, reader->scope);
    if (!unit) return refuse(unit.error());
    return answer(*unit);
}

http::Response response_of(Answered<http::Response> answered) {
    if (!answered) return http::problem(answered.error().status, answered.error().failure);
    return std::move(*answered);
}

}  // namespace

tl::unexpected<Refusal> refuse(int status, const Code& code, std::string detail) {
    return tl::unexpected<Refusal>({status, {code, Next::give_up, std::move(detail), {}}});
}

tl::unexpected<Refusal> refuse(const Failure& failure) {
    const int status = failure.next == Next::give_up ? 400 : failure.next == Next::retry_later ? 503 : 500;
    return tl::unexpected<Refusal>({status, failure});
}

http::Response read(const Context& context, const http::Request& request, const Answer& answer) {
    return response_of(read_as_operator(context, request, For::everyone, answer));
}

http::Response read_platform(const Context& context, const http::Request& request, const Answer& answer) {
    return response_of(read_as_operator(context, request, For::operators_of_all, answer));
}

}  // namespace watchglass::console
