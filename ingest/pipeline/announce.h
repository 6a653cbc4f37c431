// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "ingest/pipeline/batch.h"
#include "ingest/pipeline/ledger.h"
#include "ingest/pipeline/ports.h"
#include "libs/foundation/clock.h"

namespace watchglass::ingest {

/// Fifth step: tells devices where their streams stand, one message per device with everything it is owed.
///
/// A statement says what is stored, not what was just done, so one that could not be sent is simply replaced by the
/// newer one: what waits is bounded by the number of streams. One thread.
class Announcer {
public:
    Announcer(Voice& voice, const Clock& clock, std::uint64_t history)
        : voice_(voice), clock_(clock), history_(history) {}

    /// Answers about streams the ledger knows; their positions are read now.
    void announce(std::span<const Answer> answers, const StreamLedger& ledger);
    /// What is said to this device next answers a Hello that was made under `asked`; one without streams is answered
    /// too: the device learns the history and our time. Does not send: announce() and flush() do.
    void greet(const DeviceId& device, std::uint64_t asked) { waiting_[device].asked = asked; }
    /// Another history is valid from now on. What waits was true under the old one alone: whoever is owed it asks again.
    void set_history(std::uint64_t history) {
        history_ = history;
        waiting_.clear();
    }
    [[nodiscard]] std::uint64_t history() const { return history_; }
    /// Sends what could not be sent before. True when nothing waits.
    bool flush();
    /// Devices that wait for something to be sent.
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    struct Owed {
        std::map<StreamId, StoredStream> statements;
        std::uint64_t asked = 0;
    };

    Voice& voice_;
    const Clock& clock_;
    std::uint64_t history_;
    std::map<DeviceId, Owed> waiting_;
};

}  // namespace watchglass::ingest
