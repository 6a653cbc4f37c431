// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/journal_survey.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace watchglass::device {
namespace {

using KnownBy = SegmentSurvey::KnownBy;

/// Adds from..to, joined with the range before when they touch. Nothing when it is empty.
void add(std::vector<PlaceRange>& ranges, StreamSeq from, StreamSeq to) {
    if (to < from) return;
    if (!ranges.empty() && after(ranges.back().to) == from) {
        ranges.back().to = to;
    } else {
        ranges.push_back({from, to});
    }
}

std::uint64_t sum(const std::vector<PlaceRange>& ranges) {
    std::uint64_t places = 0;
    for (const PlaceRange& range : ranges) places += range.size();
    return places;
}

/// How the bytes behind a segment's last intact place are to be taken, now that the next segment is known.
void regrade_end(SegmentSurvey& segment, Grade grade, const std::string& more) {
    for (Finding& finding : segment.findings) {
        const bool at_end = finding.kind == FindingKind::torn_tail ||
                            finding.kind == FindingKind::record_damaged ||
                            finding.kind == FindingKind::out_of_order;
        if (!at_end) continue;
        finding.grade = grade;
        finding.text += more;
    }
}

bool end_is_bad(const SegmentSurvey& segment) {
    return std::any_of(segment.findings.begin(), segment.findings.end(), [](const Finding& finding) {
        return finding.kind == FindingKind::torn_tail || finding.kind == FindingKind::record_damaged ||
               finding.kind == FindingKind::out_of_order || finding.kind == FindingKind::unreadable_file ||
               finding.kind == FindingKind::empty_file;
    });
}

/// One stream's files in order, and what follows from standing beside one another.
class Neighbors {
public:
    Neighbors(JournalSurvey& journal, StreamSurvey& stream, bool whole)
        : journal_(journal), stream_(stream), whole_(whole) {}

    void judge() {
        if (whole_ && !stream_.segments.empty()) judge_front();
        for (std::size_t i = 0; i < stream_.segments.size(); ++i) {
            if (unusable(i)) {
                lose(own(segment(i).header.first, end_of(i)));
            } else {
                judge_places(i);
            }
        }
        judge_stored_chains();
        judge_owed();
    }

private:
    SegmentSurvey& segment(std::size_t i) { return journal_.segments[stream_.segments[i]]; }
    [[nodiscard]] bool has_next(std::size_t i) const { return i + 1 < stream_.segments.size(); }

    void find(FindingKind kind, Grade grade, const SegmentSurvey& where, std::uint64_t at, std::string text) {
        journal_.findings.push_back({kind, grade, where.name, at, std::move(text)});
    }

    /// The last place that belongs to this file, as far as anybody can tell.
    StreamSeq end_of(std::size_t i) {
        const SegmentSurvey& here = segment(i);
        if (followed(i)) return before(segment(i + 1).header.first);
        const StreamSeq end = std::max(here.last, here.synced_through.value_or(StreamSeq{}));
        // At least the first place of a file that nobody can read is lost, and how many more nobody can tell.
        const bool blind = here.known_by != KnownBy::header || here.foreign;
        return blind ? std::max(end, here.header.first) : end;
    }
    /// The next file that is here is the next one there ever was.
    bool followed(std::size_t i) {
        return has_next(i) && (whole_ || segment(i).last >= before(segment(i + 1).header.first));
    }

    /// Without its header a segment's first chain is known only from the segment before it.
    bool unusable(std::size_t i) {
        const SegmentSurvey& here = segment(i);
        if (here.foreign) return true;
        if (here.known_by == KnownBy::header || here.header.first == StreamSeq{1}) return false;
        if (i == 0) return whole_;
        if (unusable(i - 1)) return true;
        const SegmentSurvey& previous = segment(i - 1);
        return previous.synced_through.has_value() || previous.last != before(here.header.first);
    }

    /// from..to without what was copied to another epoch after a fork: that is neither missed nor owed here.
    [[nodiscard]] std::vector<PlaceRange> own(StreamSeq from, StreamSeq to) const {
        std::vector<PlaceRange> ranges;
        const std::optional<Fork> fork = stream_.told ? stream_.told->fork : std::nullopt;
        if (!fork) {
            add(ranges, from, to);
            return ranges;
        }
        add(ranges, from, std::min(to, fork->cut));
        add(ranges, std::max(from, after(std::max(fork->cut, fork->moved_through))), to);
        return ranges;
    }

    void lose(const std::vector<PlaceRange>& ranges) {
        for (const PlaceRange& range : ranges) add(stream_.lost, range.from, range.to);
    }

    void judge_front() {
        const SegmentSurvey& first = segment(0);
        const StreamSeq settled = stream_.told
                                      ? std::max(stream_.told->stored_through, stream_.told->dropped_through)
                                      : StreamSeq{};
        const auto missing = own(after(settled), before(first.header.first));
        if (missing.empty()) return;
        find(FindingKind::hole, Grade::damage, first, 32,
             fmt::format(
                 "Places {} to {} are in no file, were not stored and are not declared as dropped: files "
                 "are missing.",
                 missing.front().from.value(), missing.back().to.value()));
        lose(missing);
    }

    void judge_places(std::size_t i) {
        SegmentSurvey& here = segment(i);
        const StreamSeq end = end_of(i);
        add(stream_.readable, here.header.first, std::min(here.last, end));
        if (here.last < end) {
            const auto missing = own(after(here.last), end);
            lose(missing);
            if (followed(i) && !missing.empty()) miss(i, end);
        } else if (followed(i)) {
            regrade_end(here, Grade::note,
                        " Nothing is lost by it: the next segment goes on from the last place before it.");
            judge_chain(i, end);
        }
    }

    /// Places between this file's last one and the next file's first.
    void miss(std::size_t i, StreamSeq end) {
        SegmentSurvey& here = segment(i);
        const std::string places = fmt::format("{} to {}", here.last.value() + 1, end.value());
        if (here.synced_through == end) return;  // its finding says already that they are lost
        if (end_is_bad(here)) {
            regrade_end(here, Grade::damage,
                        fmt::format(" The next segment begins behind it: places {} are lost.", places));
        } else {
            find(FindingKind::hole, Grade::damage, here, here.used,
                 fmt::format(
                     "The file ends in order before place {}, but the next one begins at {}: places {} are "
                     "in no file. A file is missing, or this one was cut.",
                     here.last.value() + 1, end.value() + 1, places));
        }
    }

    void judge_chain(std::size_t i, StreamSeq end) {
        const SegmentSurvey& here = segment(i);
        const SegmentSurvey& next = segment(i + 1);
        if (here.known_by != KnownBy::header || next.known_by != KnownBy::header || next.foreign) return;
        const auto chain = here.chain_after(end);
        if (!chain || *chain == next.header.prev_chain) return;
        find(FindingKind::chain_broken, Grade::damage, next, 40,
             fmt::format(
                 "The hash chain is broken between place {} and {}: this segment does not follow {}. Frames "
                 "were changed, or the files are of two journals.",
                 end.value(), end.value() + 1, here.name));
    }

    /// What is not stored as far as anybody told.
    void judge_owed() {
        const StreamSeq stored = stream_.told ? stream_.told->stored_through : StreamSeq{};
        for (const PlaceRange& range : stream_.readable)
            stream_.unstored += sum(own(std::max(range.from, after(stored)), range.to));
        if (stream_.told && stream_.told->dropped_through > stored)
            stream_.dropped = stream_.told->dropped_through.value() - stored.value();
    }

    /// What the platform stored must be what stands here.
    void judge_stored_chains() {
        for (const SegmentSurvey& told : journal_.segments) {
            for (const StreamRecord& record : told.streams) {
                if (record.epoch != stream_.id.epoch || told.header.lane != stream_.id.lane) continue;
                if (record.stored_chain != Chain{} && differs(record)) {
                    find(FindingKind::stored_differs, Grade::damage, told, segment_header_bytes,
                         fmt::format(
                             "The platform has another frame at place {} of epoch {:016x} than this "
                             "journal: a clone or an old image of this disk has run, or a frame was changed.",
                             record.stored_through.value(), record.epoch.value()));
                    return;
                }
            }
        }
    }
    bool differs(const StreamRecord& record) {
        for (std::size_t i = 0; i < stream_.segments.size(); ++i) {
            const SegmentSurvey& here = segment(i);
            if (here.known_by != KnownBy::header || here.foreign) continue;
            const auto chain = here.chain_after(record.stored_through);
            if (chain && record.stored_through > StreamSeq{} && *chain != record.stored_chain) return true;
        }
        return false;
    }

    JournalSurvey& journal_;
    StreamSurvey& stream_;
    bool whole_;
};

using StreamKey = std::tuple<Lane, std::uint32_t, Epoch>;

std::map<StreamKey, std::vector<std::size_t>> by_stream(const JournalSurvey& journal) {
    std::map<StreamKey, std::vector<std::size_t>> streams;
    for (std::size_t i = 0; i < journal.segments.size(); ++i) {
        const SegmentSurvey& segment = journal.segments[i];
        if (segment.newer || segment.known_by == KnownBy::nothing) continue;
        // The journal finds a file by its name.
        const auto named = parse_segment_name(segment.name);
        const SegmentHeader& header = named ? *named : segment.header;
        streams[{header.lane, header.ordinal, header.epoch}].push_back(i);
    }
    for (auto& [key, segments] : streams) {
        std::stable_sort(segments.begin(), segments.end(), [&](std::size_t a, std::size_t b) {
            return journal.segments[a].header.first < journal.segments[b].header.first;
        });
    }
    return streams;
}

void find_mixed_files(JournalSurvey& journal) {
    for (std::size_t i = 0; i + 1 < journal.streams.size(); ++i) {
        const StreamSurvey& a = journal.streams[i];
        const StreamSurvey& b = journal.streams[i + 1];
        if (a.id.lane != b.id.lane || a.ordinal != b.ordinal || b.segments.empty()) continue;
        journal.findings.push_back(
            {FindingKind::mixed_files, Grade::damage, journal.segments[b.segments.front()].name, 16,
             fmt::format(
                 "Epochs {:016x} and {:016x} both claim to be number {} of lane {}: files of two journals "
                 "are in one directory.",
                 a.id.epoch.value(), b.id.epoch.value(), a.ordinal, to_text(a.id.lane))});
    }
}

/// Copies of a forked epoch and the live epoch are written in turns: who knows of more copies is later in that.
void hear(StreamSurvey& stream, const StreamRecord& record) {
    const std::optional<Fork> before = stream.told ? stream.told->fork : std::nullopt;
    stream.told = record;
    const bool earlier = before && (!record.fork || record.fork->moved_through < before->moved_through);
    if (earlier) stream.told->fork = before;
}

/// The last word about each stream: the newest epoch's, in its newest segment.
void hear_what_is_told(JournalSurvey& journal) {
    std::vector<StreamSurvey> gone;
    for (const StreamSurvey& teller : journal.streams) {
        for (const std::size_t index : teller.segments) {
            const SegmentSurvey& segment = journal.segments[index];
            if (segment.foreign) continue;
            for (const StreamRecord& record : segment.streams) {
                const auto same = [&](const StreamSurvey& s) {
                    return s.id == StreamId{teller.id.lane, record.epoch};
                };
                auto known = std::find_if(journal.streams.begin(), journal.streams.end(), same);
                if (known != journal.streams.end()) {
                    hear(*known, record);
                    continue;
                }
                known = std::find_if(gone.begin(), gone.end(), same);
                if (known == gone.end()) {
                    gone.push_back({});
                    known = std::prev(gone.end());
                    known->id = StreamId{teller.id.lane, record.epoch};
                    known->ordinal = record.ordinal;
                }
                hear(*known, record);
            }
        }
    }
    // Nothing of them is left on disk; they matter while a drop of theirs still has to be told.
    for (StreamSurvey& stream : gone) {
        if (stream.told->dropped_through > stream.told->stored_through)
            journal.streams.push_back(std::move(stream));
    }
    std::stable_sort(journal.streams.begin(), journal.streams.end(),
                     [](const StreamSurvey& a, const StreamSurvey& b) {
                         return std::tie(a.id.lane, a.ordinal) < std::tie(b.id.lane, b.ordinal);
                     });
}

}  // namespace

std::uint64_t StreamSurvey::readable_places() const { return sum(readable); }
std::uint64_t StreamSurvey::lost_places() const { return sum(lost); }
std::uint64_t StreamSurvey::lost_unstored() const {
    const StreamSeq stored = told ? told->stored_through : StreamSeq{};
    std::vector<PlaceRange> unstored_ranges;
    for (const PlaceRange& range : lost) add(unstored_ranges, std::max(range.from, after(stored)), range.to);
    return sum(unstored_ranges);
}

Grade JournalSurvey::grade() const {
    Grade grade = worst(findings);
    for (const SegmentSurvey& segment : segments) grade = std::max(grade, worst(segment.findings));
    return grade;
}

JournalSurvey survey_journal(std::vector<SegmentSurvey> segments, bool whole) {
    JournalSurvey journal;
    journal.segments = std::move(segments);
    for (auto& [key, indexes] : by_stream(journal)) {
        StreamSurvey stream;
        stream.id = StreamId{std::get<Lane>(key), std::get<Epoch>(key)};
        stream.ordinal = std::get<std::uint32_t>(key);
        stream.segments = indexes;
        journal.streams.push_back(std::move(stream));
    }
    hear_what_is_told(journal);
    for (std::size_t i = 0; i < journal.streams.size(); ++i) {
        StreamSurvey& stream = journal.streams[i];
        const bool last_of_lane =
            i + 1 == journal.streams.size() || journal.streams[i + 1].id.lane != stream.id.lane;
        stream.newest = whole && last_of_lane;
        Neighbors{journal, stream, whole}.judge();
    }
    find_mixed_files(journal);
    return journal;
}

}  // namespace watchglass::device
