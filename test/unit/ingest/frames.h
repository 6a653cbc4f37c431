// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ingest/pipeline/batch.h"

/// Made-up devices and frames for the tests of the ingest steps.
namespace watchglass::ingest::example {

inline DeviceId device(char last = 'a') { return DeviceId::parse(std::string(25, 'b') + last).value(); }

inline constexpr WallTime now{1'790'000'000'000'000};  // 2026-09-21
inline constexpr std::int64_t second_us = 1'000'000;

inline Chain chain_of(std::uint8_t n) {
    Chain chain{};
    if (n > 0) chain.fill(n);
    return chain;
}

inline constexpr Microseconds ten_years{std::int64_t{3650} * 86'400 * second_us};

/// One change observed at `at`, by the device's clock.
inline ReadableBody body(WallTime at = now) {
    ReadableBody readable;
    readable.wall = now;
    readable.clock_quality = ClockQuality::synchronized;
    readable.base = at;
    readable.parameters = {1};
    readable.offsets_us = {0};
    readable.numbers = {21.5};
    return readable;
}

/// Frame `seq` of a stream whose chain after frame n is `chain_of(n)`.
inline Frame frame(std::uint8_t seq, char last = 'a', Lane lane = Lane::telemetry) {
    return Frame{.device = device(last),
                 .owner = {TenantNumber{1}, DeviceNumber{last}},
                 .keeping = {.retention = storage::RetentionClass{1}, .keep = ten_years},
                 .topic = {},
                 .received = now,
                 .stream = {lane, Epoch{7}},
                 .seq = StreamSeq{seq},
                 .through = StreamSeq{seq},
                 .prev_chain = chain_of(static_cast<std::uint8_t>(seq - 1)),
                 .chain = chain_of(seq),
                 .content = body(),
                 .payload = {}};
}

inline Frame gap(std::uint8_t from, std::uint8_t to) {
    Frame f = frame(from);
    f.through = StreamSeq{to};
    f.chain = chain_of(to);
    f.content = Gap{
        .to = StreamSeq{to}, .cause = GapCause::journal_full, .chain_at_to = chain_of(to), .changes_lost = 0};
    return f;
}

inline Greeting greeting(std::uint8_t next, const Chain& chain) {
    Greeting g{.device = device(), .owner = frame(1).owner, .received = now, .hello = {}};
    g.hello.streams.push_back({.stream = frame(1).stream,
                               .first_retained = StreamSeq{1},
                               .first_unstored = StreamSeq{1},
                               .next = StreamSeq{next},
                               .chain = chain});
    return g;
}

}  // namespace watchglass::ingest::example
