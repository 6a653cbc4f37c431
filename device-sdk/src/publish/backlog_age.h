// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <limits>
#include <optional>

#include "libs/foundation/clock.h"
#include "schemas/values/identifiers.h"

namespace watchglass::device {

/// How long the oldest place of a stream has waited to be stored, to within `step`. What was there before the first look
/// counts as having waited for ever: it is from an earlier run. Pure; bounded by the time a backlog is looked at.
class BacklogAge {
public:
    static constexpr Microseconds step{5'000'000};
    static constexpr std::size_t marks_most = 64;

    void look(const StreamId& stream, StreamSeq stored_through, StreamSeq synced_through, SteadyTime now) {
        const bool from_before = !stream_;
        if (stream_ != stream) marks_.clear();
        stream_ = stream;
        while (!marks_.empty() && marks_.front().through <= stored_through) marks_.pop_front();
        const StreamSeq marked = marks_.empty() ? stored_through : marks_.back().through;
        if (synced_through <= marked) return;
        const bool joins =
            !marks_.empty() && (now - marks_.back().since < step || marks_.size() == marks_most);
        if (joins) {
            marks_.back().through = synced_through;  // these seem a little older than they are
        } else {
            marks_.push_back({synced_through, from_before ? for_ever : now});
        }
    }
    [[nodiscard]] std::optional<SteadyTime> oldest() const {
        return marks_.empty() ? std::nullopt : std::optional(marks_.front().since);
    }

private:
    struct Mark {
        StreamSeq through{};
        SteadyTime since;
    };
    static constexpr SteadyTime for_ever{std::numeric_limits<std::int64_t>::min() / 2};
    std::optional<StreamId> stream_;
    std::deque<Mark> marks_;
};

}  // namespace watchglass::device
