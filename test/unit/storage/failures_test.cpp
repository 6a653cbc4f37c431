// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/failures.h"

#include <catch2/catch.hpp>

#include "storage/postgres/codes.h"

using namespace watchglass;
using namespace watchglass::storage;
namespace is = watchglass::storage::codes;

TEST_CASE("an SQLSTATE tells the caller what it may do") {
    struct Case {
        const char* sqlstate;
        Code code;
        Next next;
    };
    const Case cases[] = {
        {"", is::unreachable, Next::retry_later},             // the socket closed without a word
        {"08006", is::unreachable, Next::retry_later},        // connection failure
        {"57P01", is::unreachable, Next::retry_later},        // admin shutdown
        {"57P03", is::unreachable, Next::retry_later},        // starting up
        {"53300", is::unreachable, Next::retry_later},        // too many connections
        {"40001", is::busy, Next::retry_later},               // serialization
        {"40P01", is::busy, Next::retry_later},               // deadlock
        {"57014", is::busy, Next::retry_later},               // statement timeout
        {"53100", is::disk_full, Next::tell_operator},        //
        {"53200", is::exhausted, Next::tell_operator},        // out of memory
        {"23505", is::already_exists, Next::give_up},         // unique violation
        {"22021", is::refused_data, Next::give_up},           // not in the encoding
        {"23514", is::refused_data, Next::give_up},           // check violation, no partition
        {"25006", is::read_only, Next::tell_operator},        //
        {"42501", is::not_permitted, Next::tell_operator},    //
        {"28000", is::not_permitted, Next::tell_operator},    // no such pg_hba entry
        {"42P01", is::statement_failed, Next::tell_operator}  // undefined table
    };
    for (const Case& c : cases) {
        INFO(c.sqlstate);
        const Failure failure = failure_of_state(c.sqlstate, "why");
        CHECK(failure.code.name == c.code.name);
        CHECK(failure.next == c.next);
        CHECK(failure.cause == "why");
    }
}
