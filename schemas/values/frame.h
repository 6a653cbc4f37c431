// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "schemas/values/identifiers.h"

namespace watchglass {

/// What a parameter can be worth. Numbers, integers (|n| <= 2^53), booleans (0, 1) and enumerations (index of the
/// label) are doubles, text is UTF-8. A Value is never NaN or infinite.
using Value = std::variant<double, std::string>;

/// A parameter left its deadband (or this is a snapshot's value).
struct Change {
    ParameterNumber parameter{};
    WallTime at;  ///< on the device's clock
    Value value;
    friend bool operator==(const Change&, const Change&) = default;
};

/// "Read again, unchanged": moves only `latest`.
struct Confirmation {
    ParameterNumber parameter{};
    WallTime at;
    friend bool operator==(const Confirmation&, const Confirmation&) = default;
};

enum class EventKind : std::uint8_t { raised = 1, changed = 2, cleared = 3, state = 4 };
enum class Severity : std::uint8_t { info = 1, warning = 2, alarm = 3 };
[[nodiscard]] std::string_view to_text(EventKind kind);
[[nodiscard]] std::string_view to_text(Severity severity);

/// An alarm or a change of state; travels in the events lane.
struct Event {
    EventKind kind = EventKind::raised;
    Severity severity = Severity::alarm;
    std::string name;  ///< of an AlarmDefinition, or `limit.<parameter>`, or `wg.<sdk's own>`
    std::optional<ParameterNumber> parameter;  ///< when a parameter's limit raised it
    std::optional<double> value;
    std::string text;  ///< one sentence for a person, at most 512 bytes
    WallTime at;
    friend bool operator==(const Event&, const Event&) = default;
};

/// What one flush of an instrument says. At most 120 changes over at most 15 minutes.
struct Body {
    std::string dictionary;
    std::uint32_t dictionary_version = 0;
    std::string sub_device;  ///< empty: the device itself
    BootId boot{};
    Microseconds monotonic{0};  ///< since that boot, when the frame was made
    WallTime wall;              ///< on the device's clock, when the frame was made
    ClockQuality clock_quality = ClockQuality::unknown;
    bool snapshot = false;  ///< the first of an epoch: every known value
    std::vector<Change> changes;
    std::vector<Confirmation> confirmations;
    std::vector<Event> events;
    friend bool operator==(const Body&, const Body&) = default;
};

/// Frames `from`..`to` of a stream will never come. Accepted in the place of a frame.
enum class GapCause : std::uint8_t {
    journal_full = 1,
    journal_damaged = 2,
    unclean_boot = 3,
    refused_by_policy = 4,
    transferred = 5,
};
[[nodiscard]] std::string_view to_text(GapCause cause);

struct Gap {
    StreamSeq to{};
    GapCause cause = GapCause::journal_full;
    Chain chain_at_to{};
    std::uint64_t changes_lost = 0;  ///< 0: not known
    friend bool operator==(const Gap&, const Gap&) = default;
};

/// The outside of what travels on up/telemetry and up/events. The body's bytes are never encoded again.
struct Envelope {
    std::uint32_t format = 1;
    StreamId stream;
    StreamSeq seq{};  ///< of the frame, or `from` of the gap
    Chain prev_chain{};
    std::variant<Bytes, Gap> content;
    /// May be stored already under another epoch, in a place whose chain the platform no longer keeps (after a fork).
    bool possible_repeat = false;
    friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// A place of a stream, and the chain after it.
struct Place {
    StreamSeq seq{};
    Chain chain{};
    friend bool operator==(const Place&, const Place&) = default;
};

/// One stream in a Hello.
struct HelloStream {
    StreamId stream;
    StreamSeq first_retained{};
    StreamSeq first_unstored{};
    StreamSeq next{};
    Chain chain{};            ///< after frame next-1
    std::uint32_t round = 0;  ///< of probing after a fork, from 1; 0: nothing is asked
    Chain told_chain{};  ///< after frame first_unstored-1, as the platform told it; zeros: nothing was told
    std::vector<Place> probes{};  ///< "where do you agree with me?", in rising order
    friend bool operator==(const HelloStream&, const HelloStream&) = default;
};

/// Device to platform: on connect, as the heartbeat, and as the retry when nothing was stored for a while.
struct Hello {
    std::vector<HelloStream> streams;
    BootId boot{};
    Microseconds monotonic{0};
    WallTime wall;
    ClockQuality clock_quality = ClockQuality::unknown;
    std::string software;       ///< "watchglass-agent 0.1.0"
    std::uint64_t history = 0;  ///< the platform's, under which first_unstored was told; 0: never heard
    friend bool operator==(const Hello&, const Hello&) = default;
};

enum class StoredWhy : std::uint8_t { progress = 1, hello = 2, hole = 3, fork = 4 };
[[nodiscard]] std::string_view to_text(StoredWhy why);

struct StoredStream {
    StreamId stream;
    StreamSeq stored_through{};
    Chain chain{};  ///< after frame stored_through
    StoredWhy why = StoredWhy::progress;
    std::uint32_t round = 0;  ///< of the probes answered here; 0: none were
    StreamSeq agreed{};       ///< highest probe whose chain is the platform's; 0: none
    StreamSeq differs{};      ///< lowest probe whose kept chain is another one; 0: none
    friend bool operator==(const StoredStream&, const StoredStream&) = default;
};

/// Platform to device: the only acknowledgement that counts. Idempotent and repeatable.
struct Stored {
    std::vector<StoredStream> streams;
    std::uint64_t history = 0;  ///< id of the platform's history: another one after a restore from backup
    WallTime server_time;
    std::uint64_t asked = 0;  ///< the history of the Hello that this answers; 0: it answers none
    friend bool operator==(const Stored&, const Stored&) = default;
};

/// Retained on `status`: the device's own word, or its will.
struct Status {
    bool online = false;
    std::string reason;  ///< "connected", "closed", "link lost"
    std::string software;
    BootId boot{};
    friend bool operator==(const Status&, const Status&) = default;
};

}  // namespace watchglass
