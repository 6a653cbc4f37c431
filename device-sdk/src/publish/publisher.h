// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "device-sdk/src/journal/journal.h"
#include "device-sdk/src/publish/backlog_age.h"
#include "device-sdk/src/publish/backlog_window.h"
#include "device-sdk/src/publish/narrowing.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/random.h"
#include "schemas/values/frame.h"

namespace watchglass::device {

struct PublisherSettings {
    std::size_t window_frames = 512;                    ///< of a live epoch, sent and not stored, per lane
    std::size_t window_bytes = std::size_t{512} << 10;  ///< the same in bytes; one frame always fits
    std::chrono::milliseconds heartbeat{60'000};        ///< Hello at least this often, +-10 %
    std::chrono::milliseconds retry_first{1000};  ///< Hello when nothing was stored for so long; doubles
    std::chrono::milliseconds retry_most{60'000};
    std::chrono::milliseconds resync_spread{100};  ///< a fleet told to resync does it within this time
    std::chrono::milliseconds seal_after{
        60'000};                    ///< telemetry that waited longer gets an epoch of its own ...
    std::uint64_t seal_least = 64;  ///< ... unless it is so few places that they are soon stored
};

/// "Send a Hello": publisher.hello() has its streams, the edge adds the clocks.
struct HelloDue {};
using Outgoing = std::variant<HelloDue, Envelope>;

/// Another has written an epoch of ours: this disk is a copy of another, or an old image of itself.
struct ForkFound {
    StreamId stream;
    StreamSeq common{};  ///< the last place that the platform and we have in common
    Chain common_chain{};
    StreamSeq
        certain{};  ///< places from here on are certainly ours alone; those between may be stored already
};

/// What happened that somebody should hear of. Counts since construction.
struct PublisherCounts {
    std::uint64_t sent = 0;  ///< envelopes handed out, repeats included
    std::uint64_t rewinds = 0;
    std::uint64_t hellos = 0;
    std::uint64_t forks = 0;  ///< the platform has another history of this epoch than we
    std::uint64_t seals = 0;  ///< epochs ended because they were far behind
};

/// Brings what the journals hold to the platform, in order, and releases only on the platform's word (delivery.md).
///
/// A pure state machine over the journals and the time handed in: inputs are connected, lost, stored, resync; output
/// is what next() hands out. PUBACK is no input: it is a hint about the link and the edge's business. Within a lane
/// the live epoch goes first, sealed ones follow with a window that gives way to others; events go before telemetry and
/// have a window of their own. A stream is sent only while its position was told under the platform's present history.
/// One thread at a time. Journals and Rng outlive it.
class Publisher {
public:
    Publisher(const PublisherSettings& settings, Journal& events, Journal& telemetry, Rng& rng);

    void connected(SteadyTime now);
    /// Whatever was under way counts as not sent.
    void lost();
    void stored(const Stored& message, SteadyTime now);
    /// An ingest has taken our shard: what is not stored goes again.
    void resync(SteadyTime now);

    /// The next message, until nothing is left to send for now. A message that the link did not take is kept by the
    /// caller and tried again first.
    std::optional<Outgoing> next(SteadyTime now);
    /// The live streams and the newest with anything in it, those with something to store, and those whose position
    /// under the present history is not known.
    [[nodiscard]] std::vector<HelloStream> hello();
    /// The platform's history that positions in a Hello refer to; 0: never heard.
    [[nodiscard]] std::uint64_t history() const { return telemetry_.history(); }
    /// When next() may have something to say that it does not have now (besides a sync or a message).
    [[nodiscard]] std::optional<SteadyTime> deadline() const;

    /// Forks whose last common place is known by now, each once. The caller tells somebody, then calls settle_fork().
    std::vector<ForkFound> take_forks() { return std::exchange(found_, {}); }
    /// Cuts the epoch there; what is ours alone goes on in another (Journal::fork).
    void settle_fork(const ForkFound& fork);

    /// Every synced place is stored, and nothing waits to be synced.
    [[nodiscard]] bool drained() const;
    [[nodiscard]] std::size_t in_flight() const;
    [[nodiscard]] const PublisherCounts& counts() const { return counts_; }

private:
    struct Sent {
        StreamSeq last{};
        Chain chain{};
        std::size_t bytes = 0;
        SteadyTime at;
    };
    struct Sending {
        StreamId id;
        StreamSeq next{};
        Chain prev{};  ///< after place next - 1; zero when not known
        std::deque<Sent> in_flight;
        std::optional<Narrowing> fork;  ///< kept and not sent until the last common place is known
        std::optional<SteadyTime> rewound;
    };

    // publisher.cpp: what goes out
    void follow_journals();
    void follow(Journal& journal);
    Sending* find(const StreamId& id);
    Journal& journal_of(Lane lane) { return lane == Lane::events ? events_ : telemetry_; }
    std::optional<Envelope> next_frame(Journal& journal, SteadyTime now);
    std::optional<Envelope> send(Journal& journal, Sending& sending, const StreamState& state,
                                 SteadyTime now);
    [[nodiscard]] bool window_open(const StreamId& live);
    [[nodiscard]] bool backlog_window_open() const;
    [[nodiscard]] bool awaits(const Sending& sending) const;
    [[nodiscard]] HelloStream greeting(Journal& journal, const StreamState& state);
    void plan_heartbeat(SteadyTime now);
    void rewind(Sending& sending);
    Microseconds jittered(std::chrono::milliseconds around, double spread);

    // stored.cpp: what comes in
    bool take_history(const Stored& message, SteadyTime now);
    void apply(const StoredStream& stored, const Stored& message, SteadyTime now);
    [[nodiscard]] std::optional<bool> agreement(Journal& journal, const Sending& sending,
                                                const StreamState& state, const StoredStream& stored) const;
    void mark(Journal& journal, Sending& sending, const StreamState& state, const StoredStream& stored,
              SteadyTime now);
    void progress(SteadyTime now);
    bool may_rewind(const Sending& sending, SteadyTime now) const;
    void seal_if_behind(SteadyTime now);

    // fork.cpp: another writer
    void suspect_fork(Sending& sending, const StreamState& state, const StoredStream& theirs);
    void narrow(Journal& journal, Sending& sending, const StreamState& state, const StoredStream& stored);
    static void ask_about(Journal& journal, Narrowing& fork, HelloStream& told);
    void collect_forks();

    PublisherSettings settings_;
    Journal& events_;
    Journal& telemetry_;
    Rng& rng_;
    std::vector<Sending> sending_;
    BacklogWindow backlog_window_;
    BacklogAge backlog_age_;
    std::vector<ForkFound> found_;
    bool connected_ = false;
    bool hello_due_ = false;
    bool retrying_ = false;  ///< the last Hello asked because nothing had been stored
    SteadyTime heartbeat_at_;
    std::optional<SteadyTime> retry_at_;
    std::chrono::milliseconds retry_delay_;
    std::optional<SteadyTime> resync_at_;
    std::optional<SteadyTime> hello_sent_;
    std::optional<SteadyTime> doubted_;  ///< when a statement of another history was last asked about
    Microseconds round_trip_{200'000};
    PublisherCounts counts_;
};

}  // namespace watchglass::device
