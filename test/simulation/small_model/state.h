// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <type_traits>

#include "test/simulation/small_model/chain.h"

/// One moment of the whole system, as plain values: a state is copied, compared and hashed byte by byte.
namespace watchglass::small_model {

constexpr int most_streams = 6;    ///< in one journal
constexpr int most_epochs = 7;     ///< 1.. in the order in which they were opened; 0 is none
constexpr int most_readings = 6;   ///< in one run
constexpr int most_messages = 18;  ///< different ones, in one direction
constexpr int most_devices = 2;    ///< the second one is a copy of the first
constexpr int most_processes = 2;  ///< of ingest

inline Small small(int value) { return static_cast<Small>(value); }

// --- Instrument ---------------------------------------------------------------------------------------------------

enum class Fork : Small {
    none,
    asking,  ///< somebody else writes this epoch: nothing is sent until it is known from which place on
    cut,     ///< what lay beyond the common part was moved into another epoch
};

/// One epoch in a journal.
struct Stream {
    Chain places;       ///< everything appended and not moved away
    Chain told;         ///< the platform's chain at `stored`, where ours is dropped
    Small epoch = 0;    ///< 0: there is no stream here
    Small stored = 0;   ///< through this place, by the platform's word
    Small history = 0;  ///< of the platform, under which that word was given; 0: never heard
    Small dropped = 0;  ///< places up to this one are no longer on the disk
    Small repeats = 0;  ///< bit p - 1: place p may be stored already under another epoch
    Fork fork = Fork::none;
    Small next = 0;   ///< orderly network only: the place to send next
    Small sent = 0;   ///< orderly network only: the highest place ever sent
    Small heard = 0;  ///< for the observer: bit h, this stream was once told something under history h
    std::array<Small, 3> spare{};
};

/// Oldest epoch first; the last one is live, those before it are sealed and drain.
struct Journal {
    std::array<Stream, most_streams> streams{};

    [[nodiscard]] int count() const {
        return static_cast<int>(
            std::count_if(streams.begin(), streams.end(), [](auto& s) { return s.epoch; }));
    }
    Stream& live() { return streams[static_cast<std::size_t>(count() - 1)]; }
    Stream* find(int epoch) {
        const auto found =
            std::find_if(streams.begin(), streams.end(), [&](auto& s) { return s.epoch == epoch; });
        return epoch == 0 || found == streams.end() ? nullptr : &*found;
    }
    [[nodiscard]] const Stream* find(int epoch) const { return const_cast<Journal*>(this)->find(epoch); }
    void insert_after(int epoch, const Stream& added) {
        const auto at =
            std::find_if(streams.begin(), streams.end(), [&](auto& s) { return s.epoch == epoch; }) + 1;
        std::move_backward(at, streams.end() - 1, streams.end());
        *at = added;
    }
};

struct Device {
    Journal disk;  ///< what a power cut leaves
    Journal
        memory;  ///< what the program knows: the disk, what is appended and not synced, and the latest word
    Small present = 0;
    std::array<Small, 3> spare{};
};

// --- Messages -----------------------------------------------------------------------------------------------------

enum class Kind : Small { none, frame, gap, hello, stored };
enum class Why : Small { none, progress, hello, hole, fork };

struct Message {
    Kind kind = Kind::none;
    Small epoch = 0;
    Small from = 0;     ///< frame, gap: first place. Hello: through which place the device was told
    Small history = 0;  ///< Hello: under which it was told. Stored: the platform's
    Chain chain;        ///< frame, gap: after it. Hello: all that is synced. Stored: all that is stored
    Chain about;  ///< gap: before it. Hello: what the device was told. Stored: of the Hello that it answers
    Small asked_under = 0;  ///< Stored: the history in that Hello
    Why why = Why::none;
    Small agreed = 0;   ///< Stored, to a Hello: highest place where both say the same
    Small differs = 0;  ///< Stored, to a Hello: lowest kept place where they do not; 0: none
    Small dropped = 0;  ///< Hello: places up to this one cannot be asked about
    Small repeat = 0;   ///< frame: possible repeat
    std::array<Small, 2> spare{};

    [[nodiscard]] int to() const { return chain.size(); }
    [[nodiscard]] Identity reading() const { return chain.at(to()); }
    friend auto operator<=>(const Message&, const Message&) = default;
};

/// Messages under way. The broker may lose any of them, deliver it late, in any order and more than once: so a message
/// once sent may arrive at every later moment, or never. This one rule covers all that broker and network can do.
struct Messages {
    std::array<Message, most_messages> at{};
    Small count = 0;
    Small overflowed = 0;  ///< the bound was too small: such a run proves nothing, and is refused
    std::array<Small, 2> spare{};

    [[nodiscard]] const Message* begin() const { return at.data(); }
    [[nodiscard]] const Message* end() const { return at.data() + count; }
    void put(const Message& message) {
        if (std::find(begin(), end(), message) == end()) append(message);
        std::sort(at.begin(), at.begin() + count);
    }
    void append(const Message& message) {
        if (count == most_messages) {
            overflowed = 1;
            return;
        }
        at[count++] = message;
    }
    void remove_first() {
        std::move(at.begin() + 1, at.end(), at.begin());
        at.back() = Message{};
        --count;
    }
};

// --- Platform -----------------------------------------------------------------------------------------------------

/// The row of a stream: its rows, in order, and which of them only say that something is missing.
struct StreamRow {
    Chain chain;
    Small missing = 0;  ///< bit p - 1: place p was declared, not stored
    std::array<Small, 3> spare{};
};

struct Database {
    std::array<StreamRow, most_epochs> streams{};    ///< by epoch - 1
    std::array<Small, most_readings + 1> copies{};   ///< rows of each reading, possible repeats aside
    std::array<Small, most_readings + 1> flagged{};  ///< rows of each reading that may be repeats
    Small history = 1;
    Small latest = 0;  ///< the reading that "latest" shows
    /// Readings of which it says that they will never come; a bit for each.
    [[nodiscard]] int declared() const {
        int readings = 0;
        for (const StreamRow& row : streams) {
            for (int place = 1; place <= row.chain.size(); ++place) {
                const bool missing = (row.missing >> (place - 1) & 1) != 0 && row.chain.at(place) != nothing;
                if (missing) readings |= 1 << row.chain.at(place);
            }
        }
        return readings;
    }
    [[nodiscard]] bool holds(Identity reading) const {
        return copies[static_cast<std::size_t>(reading)] + flagged[static_cast<std::size_t>(reading)] > 0;
    }
};

enum class Phase : Small {
    idle,
    holding,  ///< a frame is judged and waits for its transaction
    to_tell,  ///< committed, and nobody has been told
};

struct Ingest {
    std::array<Chain, most_epochs> ledger{};  ///< what this process believes is stored, by epoch - 1
    Message held{};
    Small known = 0;  ///< bit e: the ledger knows epoch e
    Small history = 0;
    Phase phase = Phase::idle;
    Small spare = 0;
};

// --- All of it ----------------------------------------------------------------------------------------------------

/// What may go wrong, each so often as the configuration says.
enum class Fault : Small {
    crash,
    wipe,
    image,
    rollback,
    clone,
    seal,
    hello,
    ingest_kill,
    broker_kill,
    unknown_outcome,
    backup,
    restore,
    count
};

struct State {
    std::array<Device, most_devices> devices{};
    Journal image{};  ///< a copy of a device's disk that somebody keeps
    Messages up{};
    Messages down{};
    std::array<Ingest, most_processes> ingest{};
    Database database{};
    Database kept_backup{};

    std::array<Small, static_cast<std::size_t>(Fault::count)> faults_left{};
    std::array<Small, most_epochs + 1> named_after{};  ///< which epoch this one took over from, after a fork
    std::array<Chain, most_epochs + 1>
        named_by{};       ///< and what its first moved place was, with all before it
    Small made = 0;       ///< readings observed
    Small epochs = 0;     ///< opened
    Small histories = 1;  ///< begun
    Small has_backup = 0;

    // What only the observer knows; a bit for each reading.
    Small synced = 0;     ///< was on a disk: from then on it must not be lost
    Small excused = 0;    ///< its disk was taken away, or its loss is declared by a frame of its own
    Small discarded = 0;  ///< was taken for stored because another reading is, in its place
    Small alarmed = 0;    ///< a fork was named
    Small resent = 0;     ///< orderly network only: a place was sent again
    Small given_up = 0;   ///< was dropped as stored, and is not, though its device could know
    Small cut_off = 0;    ///< a power cut took it from memory before it was synced
    Small spare = 0;

    Small& left(Fault fault) { return faults_left[static_cast<std::size_t>(fault)]; }
    [[nodiscard]] int left(Fault fault) const { return faults_left[static_cast<std::size_t>(fault)]; }
    friend bool operator==(const State& a, const State& b);
};
static_assert(std::has_unique_object_representations_v<State>, "a state is hashed byte by byte");

inline int bit(int number) { return 1 << number; }

}  // namespace watchglass::small_model
