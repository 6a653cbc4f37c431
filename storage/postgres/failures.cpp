// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/failures.h"

#include <libpq-fe.h>

#include "storage/postgres/codes.h"

namespace watchglass::storage {
namespace {

std::string one_line(const char* message) {
    std::string text = message ? message : "";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    for (char& c : text)
        if (c == '\n') c = ' ';
    return text;
}

std::string_view field(const PGresult* result, int code) {
    const char* text = result ? PQresultErrorField(result, code) : nullptr;
    return text ? text : "";
}

/// Why data was refused, as one sentence: it becomes the reason in quarantine.
std::string refusal(const PGresult* result) {
    if (const auto constraint = field(result, PG_DIAG_CONSTRAINT_NAME); !constraint.empty())
        return "It violates the constraint " + std::string(constraint) + ".";
    std::string sentence = one_line(field(result, PG_DIAG_MESSAGE_PRIMARY).data());
    if (sentence.empty()) return sentence;
    if (sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
    return sentence + '.';
}

}  // namespace

Failure failure_of_state(std::string_view sqlstate, std::string cause) {
    const auto is = [&](std::string_view prefix) { return sqlstate.substr(0, prefix.size()) == prefix; };

    if (sqlstate.empty() || is("08") || is("57P") || is("53300"))
        return {codes::unreachable, Next::retry_later, {}, std::move(cause)};
    if (is("40") || is("55P03") || is("55006") || is("57014"))
        return {codes::busy, Next::retry_later, {}, std::move(cause)};
    if (is("53100")) return {codes::disk_full, Next::tell_operator, {}, std::move(cause)};
    if (is("53") || is("54000")) return {codes::exhausted, Next::tell_operator, {}, std::move(cause)};
    if (is("23505")) return {codes::already_exists, Next::give_up, {}, std::move(cause)};
    if (is("22") || is("23") || is("44")) return {codes::refused_data, Next::give_up, {}, std::move(cause)};
    if (is("25006")) return {codes::read_only, Next::tell_operator, {}, std::move(cause)};
    if (is("28") || is("42501")) return {codes::not_permitted, Next::tell_operator, {}, std::move(cause)};
    // A cluster in the middle of starting or restoring answers with 3D000 or 58xxx; a person has to look.
    return {codes::statement_failed, Next::tell_operator, {}, std::move(cause)};
}

Failure failure_of(pg_conn* connection, const pg_result* result) {
    if (PQstatus(connection) != CONNECTION_OK) return connection_failure(connection);
    const std::string_view state = field(result, PG_DIAG_SQLSTATE);
    std::string cause{state};
    cause += ' ';
    cause += one_line(field(result, PG_DIAG_MESSAGE_PRIMARY).data());
    if (const auto constraint = field(result, PG_DIAG_CONSTRAINT_NAME); !constraint.empty())
        cause += " (constraint " + std::string(constraint) + ")";
    if (const auto context = field(result, PG_DIAG_CONTEXT); !context.empty())
        cause += " [" + one_line(context.data()) + "]";
    if (state.empty())
        return {codes::statement_failed, Next::tell_operator, {}, one_line(PQerrorMessage(connection))};
    // A row without a place: its partition was dropped meanwhile and can be made again. Rules that a row broke have names.
    if (state == "23514" && field(result, PG_DIAG_CONSTRAINT_NAME).empty() &&
        !field(result, PG_DIAG_TABLE_NAME).empty())
        return {codes::busy, Next::retry_later, {}, std::move(cause)};
    Failure failure = failure_of_state(state, std::move(cause));
    if (failure.code == codes::refused_data) failure.detail = refusal(result);
    return failure;
}

Failure connection_failure(pg_conn* connection) {
    return {codes::unreachable, Next::retry_later, {}, one_line(PQerrorMessage(connection))};
}

}  // namespace watchglass::storage
