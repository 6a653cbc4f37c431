// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <type_traits>

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "schemas/dictionaries/dictionary_text.h"
#include <watchglass/dictionaries/every_type.h>
#include <watchglass/dictionaries/pump_test_bench.h>

using namespace watchglass;
namespace bench = watchglass::dictionaries::pump_test_bench;
namespace every = watchglass::dictionaries::every_type;

namespace {

Dictionary from_text(const std::string& path) {
    const auto source = std::filesystem::path{std::getenv("WATCHGLASS_SOURCE_DIR")};
    return parse_dictionary_text(read_file(source / path).value()).value();
}

}  // namespace

TEST_CASE("what is compiled for firmware is what the platform reads", "[schemas][dictionary]") {
    const Dictionary text = from_text("schemas/dictionaries/pump-test-bench.textproto");
    CHECK(to_dictionary(bench::constants) == text);
    CHECK(bench::constants.digest == dictionary_digest(text));

    const Dictionary other = from_text("test/unit/schemas/every-type.textproto");
    CHECK(to_dictionary(every::constants) == other);
    CHECK(every::constants.digest == dictionary_digest(other));
}

TEST_CASE("each parameter has a handle of its type", "[schemas][dictionary]") {
    static_assert(std::is_same_v<decltype(bench::temperature), const NumberParameter>);
    static_assert(std::is_same_v<decltype(every::int_), const IntegerParameter>);
    static_assert(std::is_same_v<decltype(every::running), const BooleanParameter>);
    static_assert(std::is_same_v<decltype(every::run_mode), const EnumerationParameter<every::RunMode>>);
    static_assert(std::is_same_v<decltype(every::note), const TextParameter>);
    static_assert(static_cast<int>(every::RunMode::default_) == 1);
    CHECK(to_dictionary(bench::constants).find(ParameterNumber{bench::temperature.number})->name ==
          "temperature");
    CHECK(to_dictionary(bench::constants).find_alarm(bench::alarms::dry_run.name)->number ==
          bench::alarms::dry_run.number);
}
