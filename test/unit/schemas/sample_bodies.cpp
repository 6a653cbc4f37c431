// SPDX-License-Identifier: Apache-2.0
#include "test/unit/schemas/sample_bodies.h"

#include <bit>
#include <cmath>

namespace watchglass::test {
namespace {

std::uint64_t below(std::mt19937_64& random, std::uint64_t n) { return random() % n; }

ParameterDefinition parameter(std::uint32_t number, std::string name, ParameterType type,
                              Resolution resolution = {}, std::vector<std::string> labels = {}) {
    ParameterDefinition made;
    made.number = ParameterNumber{number};
    made.name = std::move(name);
    made.type = type;
    made.resolution = resolution;
    made.labels = std::move(labels);
    return made;
}

Value random_value(const ParameterDefinition& definition, std::mt19937_64& random) {
    switch (definition.type) {
        case ParameterType::number: {
            if (below(random, 4) == 0) return any_finite(random);
            const auto steps = static_cast<std::int64_t>(below(random, 2'000'000)) - 1'000'000;
            return definition.resolution.value(steps);
        }
        case ParameterType::integer:
            return static_cast<double>(static_cast<std::int64_t>(random()) >> (10 + below(random, 50)));
        case ParameterType::boolean: return static_cast<double>(below(random, 2));
        case ParameterType::enumeration: return static_cast<double>(below(random, definition.labels.size()));
        case ParameterType::text: {
            static const std::vector<std::string> texts{"", "ok", "Z\xc3\xbcrich", "\xf0\x9f\x94\xac",
                                                        "tab\there"};
            return texts[below(random, texts.size())];
        }
    }
    return 0.0;
}

Event random_event(std::mt19937_64& random, WallTime at) {
    Event event;
    event.kind = static_cast<EventKind>(1 + below(random, 4));
    event.severity = static_cast<Severity>(1 + below(random, 3));
    static const std::vector<std::string> names{"door_open", "dry_run", "limit.coarse", "wg.journal_full"};
    event.name = names[below(random, names.size())];
    if (below(random, 2) == 0) event.parameter = ParameterNumber{1};
    if (below(random, 2) == 0) event.value = any_finite(random);
    if (below(random, 2) == 0) event.text = "The door was opened during a run.";
    event.at = at;
    return event;
}

}  // namespace

double any_finite(std::mt19937_64& random) {
    for (;;) {
        const double v = std::bit_cast<double>(random());
        if (std::isfinite(v)) return v;
    }
}

Dictionary mixed_dictionary() {
    Dictionary dictionary;
    dictionary.name = "mixed";
    dictionary.version = 3;
    dictionary.parameters = {
        parameter(1, "coarse", ParameterType::number, Resolution{1, 1}),
        parameter(2, "fine", ParameterType::number, Resolution{1, 7}),
        parameter(3, "quarters", ParameterType::number, Resolution{25, 2}),
        parameter(4, "tens", ParameterType::number, Resolution{10, 0}),
        parameter(40, "count", ParameterType::integer),
        parameter(41, "running", ParameterType::boolean),
        parameter(42, "mode", ParameterType::enumeration, {}, {"idle", "heating", "cooling"}),
        parameter(70'000, "note", ParameterType::text),
    };
    dictionary.alarms = {{1, "door_open", "The door is open."}, {2, "dry_run", "The pump runs dry."}};
    return dictionary;
}

Body random_body(std::mt19937_64& random) {
    const Dictionary dictionary = mixed_dictionary();
    static const std::vector<std::int64_t> steps{0, 1, 1'000, 250'000, 1'000'000};
    const std::int64_t step = steps[below(random, steps.size())];
    const auto random_time = [&](WallTime start) {
        return start + Microseconds{(static_cast<std::int64_t>(below(random, 800)) - 400) * step};
    };
    const auto random_parameter = [&]() -> const ParameterDefinition& {
        return dictionary.parameters[below(random, dictionary.parameters.size())];
    };

    Body body;
    body.dictionary = dictionary.name;
    body.dictionary_version = dictionary.version;
    if (below(random, 3) == 0) body.sub_device = "block-" + std::to_string(below(random, 4));
    body.boot = BootId{random()};
    body.monotonic = Microseconds{static_cast<std::int64_t>(random() >> (1 + below(random, 60)))};
    // Also clocks that are badly wrong: 1970, and long after 2106.
    body.wall = WallTime{static_cast<std::int64_t>(below(random, 200'000'000'000'000'000))};
    body.clock_quality = static_cast<ClockQuality>(below(random, 4));
    body.snapshot = below(random, 5) == 0;
    const WallTime start = body.wall + Microseconds{static_cast<std::int64_t>(below(random, 10'000'000))};
    for (std::uint64_t n = below(random, 121); n > 0; --n) {
        const ParameterDefinition& chosen = random_parameter();
        body.changes.push_back({chosen.number, random_time(start), random_value(chosen, random)});
    }
    for (std::uint64_t n = below(random, 3) == 0 ? below(random, 50) : 0; n > 0; --n) {
        body.confirmations.push_back({random_parameter().number, random_time(start)});
    }
    for (std::uint64_t n = below(random, 3) == 0 ? below(random, 33) : 0; n > 0; --n) {
        body.events.push_back(random_event(random, random_time(start)));
    }
    return body;
}

Body pump_like_body(const Dictionary& dictionary, std::size_t changes, std::mt19937_64& random) {
    Body body;
    body.dictionary = dictionary.name;
    body.dictionary_version = dictionary.version;
    body.boot = BootId{random()};
    body.monotonic = Microseconds{3'600'000'000};
    body.wall = WallTime{1'581'168'647'123'456};
    body.clock_quality = ClockQuality::synchronized;
    std::normal_distribution<double> noise{0, 1000};
    WallTime at{1'581'168'640'000'000};
    while (body.changes.size() < changes) {
        for (const ParameterDefinition& parameter : dictionary.parameters) {
            if (body.changes.size() == changes) break;
            const auto steps = std::int64_t{200'000} + std::llround(noise(random));
            body.changes.push_back({parameter.number, at, parameter.resolution.value(steps)});
        }
        at = at + Microseconds{1'000'000};
    }
    return body;
}

}  // namespace watchglass::test
