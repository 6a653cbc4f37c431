// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "device-sdk/src/publish/publisher.h"
#include "schemas/codec/chain.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"
#include "test/unit/device-sdk/fake_disk.h"

/// A platform without mistakes, and instruments that talk with it: for stories about forks and histories.
namespace watchglass::device::test {

/// The platform's side, without mistakes: takes the next frame whose chain fits and answers everything else.
struct Cloud {
    struct Stream {
        std::vector<Envelope> frames;
        std::map<std::uint64_t, Chain> chains;  ///< kept, by place
        StreamSeq through{};
        Chain chain{};
    };
    std::map<StreamId, Stream> streams;
    std::uint64_t history = 1;

    std::optional<StoredStream> take(const Envelope& envelope) {
        Stream& stream = streams[envelope.stream];
        const Chain after = codec::chain_after(envelope);
        const auto answer = [&](StoredWhy why) {
            return StoredStream{envelope.stream, stream.through, stream.chain, why};
        };
        if (envelope.seq.value() > stream.through.value() + 1) return answer(StoredWhy::hole);
        if (envelope.seq <= stream.through) {
            const auto kept = stream.chains.find(envelope.seq.value());
            return answer(kept != stream.chains.end() && kept->second != after ? StoredWhy::fork
                                                                               : StoredWhy::progress);
        }
        if (envelope.prev_chain != stream.chain) return answer(StoredWhy::fork);
        const auto* gap = std::get_if<Gap>(&envelope.content);
        stream.through = gap != nullptr ? gap->to : envelope.seq;
        stream.chain = after;
        stream.chains[stream.through.value()] = after;
        stream.frames.push_back(envelope);
        return answer(StoredWhy::progress);
    }
    StoredStream greet(const HelloStream& told) {
        const Stream& stream = streams[told.stream];
        StoredStream said{told.stream, stream.through, stream.chain, StoredWhy::hello, told.round};
        for (const Place& probe : told.probes) {
            const auto kept = stream.chains.find(probe.seq.value());
            if (kept == stream.chains.end()) continue;
            if (kept->second == probe.chain) said.agreed = probe.seq;
            if (kept->second != probe.chain && said.differs == StreamSeq{}) said.differs = probe.seq;
        }
        return said;
    }
    /// Every frame's first byte, over all streams of a lane: each instrument writes bytes of its own.
    [[nodiscard]] std::vector<int> bytes(Lane lane = Lane::telemetry) const {
        std::vector<int> all;
        for (const auto& [id, stream] : streams) {
            if (id.lane != lane) continue;
            for (const Envelope& frame : stream.frames) {
                if (const auto* body = std::get_if<Bytes>(&frame.content)) all.push_back(body->front());
            }
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    void forget_chains() {
        for (auto& [id, stream] : streams) stream.chains.clear();
    }
};

struct Instrument {
    explicit Instrument(std::uint64_t seed, FakeDisk image = {}) : disk(std::move(image)), rng(seed) {
        boot();
    }

    void boot() {
        publisher.reset();
        events = *Journal::open({.lane = Lane::events, .segment_bytes = 64u << 10}, disk, rng, clock);
        telemetry = *Journal::open({.lane = Lane::telemetry, .segment_bytes = 64u << 10}, disk, rng, clock);
        publisher = std::make_unique<Publisher>(PublisherSettings{}, *events, *telemetry, rng);
    }
    void record(int first, int last) {
        for (int i = first; i <= last; ++i) {
            REQUIRE(telemetry->append(Bytes(50, static_cast<std::uint8_t>(i)), 1));
        }
        REQUIRE(telemetry->sync());
    }
    /// Talks until nothing more is said.
    void talk(Cloud& cloud) {
        publisher->connected(clock.steady());
        for (int quiet = 0; quiet < 5; ++quiet) {
            while (const auto out = publisher->next(clock.steady())) {
                Stored message;
                message.history = cloud.history;
                message.asked = publisher->history();
                if (const auto* frame = std::get_if<Envelope>(&*out)) {
                    sent[frame->stream][frame->seq.value()].insert(codec::chain_after(*frame));
                    message.streams.push_back(*cloud.take(*frame));
                } else {
                    for (const HelloStream& told : publisher->hello())
                        message.streams.push_back(cloud.greet(told));
                }
                publisher->stored(message, clock.steady());
                for (const ForkFound& fork : publisher->take_forks()) {
                    forks.push_back(fork);
                    publisher->settle_fork(fork);
                }
                while (telemetry->moving()) {
                    REQUIRE(telemetry->move_forked());
                    if (step_copies) break;  // the platform is heard in between
                }
                quiet = 0;
            }
            clock.advance(std::chrono::seconds{1});
        }
        publisher->lost();
    }

    FakeDisk disk;
    watchglass::test::SeededRng rng;
    watchglass::test::ManualClock clock;
    std::unique_ptr<Journal> events;
    std::unique_ptr<Journal> telemetry;
    std::unique_ptr<Publisher> publisher;
    std::vector<ForkFound> forks;
    bool step_copies = false;  ///< one segment a message
    std::map<StreamId, std::map<std::uint64_t, std::set<Chain>>> sent;
};

inline std::vector<int> numbers(int first, int last) {
    std::vector<int> all(static_cast<std::size_t>(last - first + 1));
    std::iota(all.begin(), all.end(), first);
    return all;
}

}  // namespace watchglass::device::test
