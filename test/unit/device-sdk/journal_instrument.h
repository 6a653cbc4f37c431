// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "device-sdk/src/journal/journal.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"
#include "test/unit/device-sdk/fake_disk.h"

namespace watchglass::device::test {

using watchglass::test::ManualClock;
using watchglass::test::SeededRng;

/// One instrument's telemetry journal on a disk that outlives it.
struct Instrument {
    explicit Instrument(FakeDisk disk_image = {}) : disk(std::move(disk_image)) {}

    void boot() {
        journal.reset();
        auto opened = Journal::open(settings, disk, rng, clock);
        REQUIRE(opened);
        journal = std::move(*opened);
    }
    void record(int count, std::size_t size = 100) {
        for (int i = 0; i < count; ++i) {
            const Bytes body(size, static_cast<std::uint8_t>(++written));
            REQUIRE(journal->append(body, 3));
        }
    }
    [[nodiscard]] StreamState live() const { return journal->streams().back(); }

    /// Walks the live stream as the publisher does; every chain must fit the one before.
    std::vector<JournalEntry> everything() {
        std::vector<JournalEntry> entries;
        const StreamState stream = live();
        StreamSeq next = after(stream.stored_through);
        while (next <= stream.synced_through) {
            auto entry = journal->read(stream.id, next);
            REQUIRE(entry);
            CHECK(entry->seq == next);
            if (!entries.empty() && std::holds_alternative<Bytes>(entry->content)) {
                CHECK(entry->prev_chain == entries.back().chain);
            }
            next = after(entry->last);
            entries.push_back(std::move(*entry));
        }
        return entries;
    }
    /// What every stream gives out from its first place on.
    std::vector<JournalEntry> every_stream() {
        std::vector<JournalEntry> entries;
        for (const StreamState& stream : journal->streams()) {
            for (StreamSeq next{1}; next <= stream.synced_through; next = after(entries.back().last)) {
                auto entry = journal->read(stream.id, next);
                REQUIRE(entry);
                entries.push_back(std::move(*entry));
            }
        }
        return entries;
    }
    static std::size_t frames(const std::vector<JournalEntry>& entries) {
        std::size_t count = 0;
        for (const auto& entry : entries) count += std::holds_alternative<Bytes>(entry.content) ? 1 : 0;
        return count;
    }

    FakeDisk disk;
    SeededRng rng{7};
    ManualClock clock;
    JournalSettings settings{.segment_bytes = 64u << 10};
    std::unique_ptr<Journal> journal;
    int written = 0;
};

inline const Gap* gap_in(const JournalEntry& entry) { return std::get_if<Gap>(&entry.content); }

}  // namespace watchglass::device::test
