// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/history_checker.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace watchglass::faults {
namespace {

/// A place in one lane's whole telling, over all lives.
struct Slot {
    const Told* told = nullptr;
    std::size_t life = 0;
    std::size_t nth = 0;  ///< within its life and lane
    std::optional<StreamId> stream;
    std::uint64_t seq = 0;
};

std::string name_of(const StreamId& stream) {
    return fmt::format("{} {:016x}", to_text(stream.lane), stream.epoch.value());
}

class Trial {
public:
    Trial(const Account& account, const History& history, Lane lane)
        : account_(account), history_(history), lane_(lane) {
        for (std::size_t life = 0; life < account.lives.size(); ++life) {
            std::size_t nth = 0;
            for (const Told& told : account.lives[life].told) {
                if (told.lane != lane) continue;
                where_.emplace(std::tuple{told.at_us, told.parameter, told.kind}, slots_.size());
                slots_.push_back({&told, life, nth++, std::nullopt, 0});
            }
        }
        for (const FrameRow& frame : history.frames)
            if (frame.stream.lane == lane) frames_.push_back(&frame);
        std::sort(frames_.begin(), frames_.end(), [](const FrameRow* a, const FrameRow* b) {
            return std::tie(a->stream, a->seq) < std::tie(b->stream, b->seq);
        });
    }

    Verdict decide() {
        take_rows();
        check_missing();
        check_gaps();
        return std::move(verdict_);
    }

private:
    void complain(std::string what) { verdict_.complaints.push_back(std::move(what)); }

    /// Repeats, order within a stream, and what was never told.
    void take_rows() {
        std::map<StreamId, std::size_t> latest_slot;  // of a stream, plus 1
        for (const FrameRow* frame : frames_) {
            for (const Told& told : frame->told) {
                const auto found = where_.find({told.at_us, told.parameter, told.kind});
                if (found == where_.end()) {
                    if (!restated(told)) complain("never told, but stored: " + text_of(told));
                    continue;
                }
                Slot& slot = slots_[found->second];
                if (slot.told->value != told.value)
                    complain(fmt::format("stored with another value: {}", text_of(told)));
                if (slot.stream) {
                    ++verdict_.duplicated;
                    complain(fmt::format("stored twice ({} {} and {} {}): {}", name_of(*slot.stream),
                                         slot.seq, name_of(frame->stream), frame->seq, text_of(told)));
                    continue;
                }
                slot.stream = frame->stream;
                slot.seq = frame->seq;
                std::size_t& last = latest_slot[frame->stream];
                if (found->second + 1 <= last)
                    complain(fmt::format("out of order in {} {}: {}", name_of(frame->stream), frame->seq,
                                         text_of(told)));
                last = std::max(last, found->second + 1);
            }
        }
    }

    /// A snapshot's value: it has a time of its own, and was a reading once.
    [[nodiscard]] bool restated(const Told& told) const {
        if (told.kind != 0 || told.at_us < recorded_before_us) return false;
        return std::any_of(slots_.begin(), slots_.end(), [&](const Slot& slot) {
            return slot.told->parameter == told.parameter && slot.told->value == told.value;
        });
    }

    /// Every run of missing words, with its stored neighbors: is it one that a fault may have caused, and is it declared?
    void check_missing() {
        for (std::size_t begin = 0; begin < slots_.size(); ++begin) {
            if (slots_[begin].stream) continue;
            std::size_t end = begin;
            while (end < slots_.size() && !slots_[end].stream) ++end;
            judge_missing(begin, end);
            begin = end;
        }
    }

    void judge_missing(std::size_t begin, std::size_t end) {
        const Slot* before = begin > 0 ? &slots_[begin - 1] : nullptr;
        const Slot* after = end < slots_.size() ? &slots_[end] : nullptr;
        const auto excused = [&](GapCause cause) { return account_.excused.count(cause) > 0; };
        if (gap_between(before, after, excused)) return;

        std::size_t due = 0;
        bool could_tell = false;
        for (std::size_t i = begin; i < end; ++i) {
            const Life& life = account_.lives[slots_[i].life];
            if (!life.ended_early || life.journal_was_there[static_cast<std::size_t>(lane_)])
                could_tell = true;
            if (life.ended_early && slots_[i].nth >= life.synced[static_cast<std::size_t>(lane_)]) continue;
            if (due++ == 0)
                complain(fmt::format("lost, though {}: {} of run {}",
                                     life.ended_early ? "it was synced" : "its run ended by itself",
                                     text_of(*slots_[i].told), slots_[i].life + 1));
        }
        verdict_.lost += due;
        const bool hole = after != nullptr && slots_[end - 1].life == after->life;
        if (hole) complain(fmt::format("a hole before {} in run {}", text_of(*after->told), after->life + 1));
        if (!could_tell || gap_between(before, after, [](GapCause) { return true; })) return;
        if (due == 0) verdict_.lost += end - begin;
        complain(fmt::format("missing without a gap ({} in a row): {}", end - begin,
                             text_of(*slots_[begin].told)));
    }

    template <class Cause>
    [[nodiscard]] bool gap_between(const Slot* before, const Slot* after, Cause fits) const {
        return std::any_of(history_.gaps.begin(), history_.gaps.end(), [&](const GapRow& gap) {
            if (gap.stream.lane != lane_ || !fits(gap.cause)) return false;
            const bool behind = before != nullptr && gap.stream == *before->stream && gap.from > before->seq;
            const bool ahead = after != nullptr && gap.stream == *after->stream && gap.to < after->seq;
            if (before == nullptr) return after == nullptr || ahead;
            if (after == nullptr) return behind;
            return *before->stream == *after->stream ? behind && ahead : behind || ahead;
        });
    }

    void check_gaps() {
        std::size_t boots = 0;
        std::map<GapCause, std::uint64_t> places;
        for (const GapRow& gap : history_.gaps) {
            if (gap.stream.lane != lane_) continue;
            const auto shown = fmt::format("a gap in {} at {}..{} of cause {}", name_of(gap.stream), gap.from,
                                           gap.to, static_cast<int>(gap.cause));
            if (gap.cause != GapCause::unclean_boot) {
                if (account_.excused.count(gap.cause) == 0) complain(shown + " that nothing can have caused");
                places[gap.cause] += gap.to - gap.from + 1;
                continue;
            }
            ++boots;
            if (within_one_life(gap)) complain(shown + " in the middle of a run");
        }
        for (const auto& [cause, most] : account_.excused)
            if (places[cause] > most)
                complain(fmt::format("{} places of lane {} were given up, at most {} are excused",
                                     places[cause], to_text(lane_), most));
        const auto early = static_cast<std::size_t>(std::count_if(
            account_.lives.begin(), account_.lives.end(), [](const Life& l) { return l.ended_early; }));
        if (boots > early)
            complain(fmt::format("{} unclean boots in lane {}, but {} runs ended early", boots,
                                 to_text(lane_), early));
    }

    /// The words on both sides of it in its stream are of the same run.
    [[nodiscard]] bool within_one_life(const GapRow& gap) const {
        const Slot* left = nullptr;
        const Slot* right = nullptr;
        for (const Slot& slot : slots_) {
            if (!slot.stream || *slot.stream != gap.stream) continue;
            if (slot.seq < gap.from) left = &slot;
            if (slot.seq > gap.to && right == nullptr) right = &slot;
        }
        return left != nullptr && right != nullptr && left->life == right->life;
    }

    const Account& account_;
    const History& history_;
    Lane lane_;
    std::vector<Slot> slots_;
    std::map<std::tuple<std::int64_t, std::int32_t, int>, std::size_t> where_;
    std::vector<const FrameRow*> frames_;
    Verdict verdict_;
};

/// Ranges in any order must be 1..end without a hole or an overlap.
bool tile(std::vector<CommittedRun> runs, std::uint64_t end) {
    std::sort(runs.begin(), runs.end(),
              [](const CommittedRun& a, const CommittedRun& b) { return a.from < b.from; });
    std::uint64_t next = 1;
    for (const CommittedRun& run : runs) {
        if (run.from != next || run.through < run.from) return false;
        next = run.through + 1;
    }
    return next == end + 1;
}

void check_positions(const StreamRow& stream, const History& history, Verdict& verdict) {
    const auto complain = [&](const std::string& what) {
        verdict.complaints.push_back(name_of(stream.id) + ": " + what);
    };
    if (!tile(stream.commits, stream.stored_through))
        complain(fmt::format("its commits do not make up 1..{}", stream.stored_through));

    std::map<std::uint64_t, int> taken;  // position -> how often
    for (const FrameRow& frame : history.frames)
        if (frame.stream == stream.id) ++taken[frame.seq];
    std::uint64_t missing = 0;
    for (const GapRow& gap : history.gaps) {
        if (gap.stream != stream.id) continue;
        missing += gap.to - gap.from + 1;
        for (std::uint64_t seq = gap.from; seq <= gap.to; ++seq) ++taken[seq];
    }
    if (missing != stream.missing)
        complain(fmt::format("{} positions in gaps, but the stream says {}", missing, stream.missing));
    for (const auto& [seq, times] : taken) {
        if (times > 1) complain(fmt::format("position {} is taken {} times", seq, times));
        if (seq == 0 || seq > stream.stored_through)
            complain(fmt::format("position {} is beyond stored_through {}", seq, stream.stored_through));
    }
    const std::uint64_t counted = taken.size() + stream.quarantined;
    if (counted != stream.stored_through)
        complain(fmt::format("{} positions are stored, quarantined or declared missing, stored_through is {}",
                             counted, stream.stored_through));
}

void check_streams(const History& history, Verdict& verdict) {
    std::set<StreamId> known;
    for (const StreamRow& stream : history.streams) {
        known.insert(stream.id);
        check_positions(stream, history, verdict);
    }
    for (const FrameRow& frame : history.frames)
        if (known.insert(frame.stream).second)
            verdict.complaints.push_back(name_of(frame.stream) + ": has frames, but is no stream");
    if (history.quarantined > 0)
        verdict.complaints.push_back(fmt::format("{} messages are in quarantine", history.quarantined));
}

/// Within a stream the later place is what was observed later, whatever the clock said; between streams the later time is.
std::map<std::int32_t, LatestRow> observed_last(const History& history) {
    std::vector<const FrameRow*> frames;
    for (const FrameRow& frame : history.frames)
        if (frame.stream.lane == Lane::telemetry) frames.push_back(&frame);
    std::sort(frames.begin(), frames.end(), [](const FrameRow* a, const FrameRow* b) {
        return std::tie(a->stream, a->seq) < std::tie(b->stream, b->seq);
    });
    std::map<std::pair<std::int32_t, StreamId>, LatestRow> of_stream;
    for (const FrameRow* frame : frames) {
        for (std::size_t i = 0; i < frame->told.size(); ++i) {
            const Told& told = frame->told[i];
            of_stream[{told.parameter, frame->stream}] = {told.parameter, told.value, frame->corrected_us[i]};
        }
    }
    std::map<std::int32_t, LatestRow> last;
    for (const auto& [key, seen] : of_stream) {
        const auto [found, added] = last.emplace(seen.parameter, seen);
        if (!added && seen.changed_us >= found->second.changed_us) found->second = seen;
    }
    return last;
}

void check_latest(const History& history, Verdict& verdict) {
    const auto expected = observed_last(history);
    for (const auto& [parameter, last] : expected) {
        const auto found = std::find_if(history.latest.begin(), history.latest.end(),
                                        [&, p = parameter](const LatestRow& l) { return l.parameter == p; });
        if (found == history.latest.end()) {
            verdict.complaints.push_back(fmt::format("parameter {} has no latest value", parameter));
        } else if (found->value != last.value || found->changed_us != last.changed_us) {
            verdict.complaints.push_back(
                fmt::format("latest of parameter {} is {} of {} us, but {} of {} us was observed last",
                            parameter, found->value, found->changed_us, last.value, last.changed_us));
        }
    }
}

}  // namespace

Life Life::whole(std::vector<Told> told) {
    Life life;
    life.told = std::move(told);
    return life;
}

Life Life::cut_short(std::vector<Told> told) {
    Life life;
    life.told = std::move(told);
    life.ended_early = true;
    return life;
}

void Verdict::add(Verdict other) {
    lost += other.lost;
    duplicated += other.duplicated;
    for (std::string& complaint : other.complaints) complaints.push_back(std::move(complaint));
}

std::string Verdict::text() const {
    constexpr std::size_t most_shown = 8;
    std::string text = fmt::format("{} lost, {} duplicated", lost, duplicated);
    for (std::size_t i = 0; i < std::min(complaints.size(), most_shown); ++i) text += "\n  " + complaints[i];
    if (complaints.size() > most_shown)
        text += fmt::format("\n  and {} more", complaints.size() - most_shown);
    return text;
}

Verdict check(const Account& account, const History& history) {
    Verdict verdict;
    for (const Lane lane : {Lane::telemetry, Lane::events}) {
        verdict.add(Trial(account, history, lane).decide());
    }
    check_streams(history, verdict);
    check_latest(history, verdict);
    return verdict;
}

}  // namespace watchglass::faults
