// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/segment_survey.h"

#include <algorithm>

#include <fmt/format.h>

#include "device-sdk/src/journal/codes.h"
#include "device-sdk/src/journal/segment.h"

namespace watchglass::device {
namespace {

void find(SegmentSurvey& survey, FindingKind kind, Grade grade, std::uint64_t at, std::string text) {
    survey.findings.push_back({kind, grade, survey.name, at, std::move(text)});
}

/// Where the header begins to differ from what the name says it must be.
std::uint64_t first_wrong_byte(const SegmentHeader& named, ByteSpan file) {
    const Bytes expected = encode_header(named);
    constexpr std::size_t chain_at = 40;  // from here on the name says nothing
    const std::size_t known = std::min(chain_at, file.size());
    const auto differs =
        std::mismatch(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(known), expected.begin());
    return static_cast<std::uint64_t>(differs.first - file.begin());
}

/// The first place that an intact record at the usual offset names: all there is without header and name.
StreamSeq first_place(ByteSpan file) {
    std::size_t at = std::min(segment_header_bytes, file.size());
    while (const auto raw = parse_record(file.subspan(at))) {
        if (const auto frame = parse_frame(*raw)) return frame->seq;
        const auto gap = parse_gap(raw->payload);
        if (raw->type == RecordType::gap && gap) return gap->from;
        at += raw->bytes;
    }
    return StreamSeq{1};
}

void take_name_for_header(SegmentSurvey& survey, const std::optional<SegmentHeader>& named, ByteSpan file,
                          const std::string& why) {
    survey.known_by = named ? SegmentSurvey::KnownBy::name : SegmentSurvey::KnownBy::nothing;
    if (named) survey.header = *named;
    if (!named) survey.header.first = first_place(file);
    if (file.empty()) {
        find(survey, FindingKind::empty_file, Grade::damage, 0,
             "The file is empty: whatever it held is gone.");
        return;
    }
    const std::uint64_t at = named ? first_wrong_byte(*named, file) : 0;
    std::string instead =
        "The file's name says nothing either: give it its own name back, "
        "<lane>-<ordinal>-<epoch>-<first place>.wgj.";
    if (named) {
        instead = "The file's name stands in for it";
        instead += named->first == StreamSeq{1} ? "." : ", and the segment before it for the hash chain.";
    }
    find(survey, FindingKind::header_damaged, Grade::damage, at,
         fmt::format("The header (bytes 0 to {}) cannot be used: {} {}", segment_header_bytes - 1, why,
                     instead));
}

/// False when nothing behind the header shall be interpreted.
bool identify(SegmentSurvey& survey, ByteSpan file) {
    const auto named = parse_segment_name(survey.name);
    const auto header = parse_header(file);
    if (!header && header.error().code == codes::journal_newer) {
        survey.newer = true;
        find(survey, FindingKind::newer_format, Grade::unchecked, 8,
             "A newer version wrote this file. " + header.error().detail +
                 " Use the `watchglass` of that version to look at it.");
        return false;
    }
    if (!header) {
        take_name_for_header(survey, named, file, header.error().detail);
        return true;
    }
    survey.header = *header;
    if (named && !agree(*named, *header)) {
        // The journal goes by the name, so it finds nothing of its own in the file.
        survey.foreign = true;
        survey.header = *named;
        const SegmentScan scan = scan_segment(*named, file);
        survey.last = before(named->first);
        survey.synced_through = scan.damaged_through;
        find(survey, FindingKind::name_differs, Grade::damage, 0,
             fmt::format("The header is intact and belongs to {}: the file was renamed or written over. The "
                         "journal will not read it under this name.",
                         segment_name(*header)));
        return false;
    }
    if (header->first == StreamSeq{1} && header->prev_chain != Chain{}) {
        find(survey, FindingKind::chain_broken, Grade::damage, 40,
             "The epoch's first place follows a chain that is not empty.");
    }
    return true;
}

/// Adds up one place record.
bool take_place(SegmentSurvey& survey, const RawRecord& raw, SurveyedRecord& record) {
    const StreamId stream{survey.header.lane, survey.header.epoch};
    const Chain chain = survey.marks.empty() ? survey.header.prev_chain : survey.marks.back().chain;
    const auto entry = entry_of(raw, stream, after(survey.last), chain);
    if (!entry) return false;
    if (const auto* gap = std::get_if<Gap>(&entry->content)) {
        record.content = GapRecord{entry->seq, *gap};
        survey.gaps.push_back({entry->seq, *gap});
    } else {
        record.content = FrameFacts{entry->seq, entry->changes, std::get<Bytes>(entry->content).size(),
                                    entry->possible_repeat};
        ++survey.frames;
        survey.repeats += entry->possible_repeat ? 1 : 0;
        survey.samples += entry->changes;
    }
    survey.places += entry->last.value() - entry->seq.value() + 1;
    survey.last = entry->last;
    survey.marks.push_back({entry->last, entry->chain});
    survey.closed.reset();
    return true;
}

void take_commit(SegmentSurvey& survey, const CommitRecord& commit, std::uint64_t at) {
    survey.committed = commit;
    if (commit.synced_through <= survey.last) return;
    find(survey, FindingKind::commit_ahead, Grade::damage, at,
         fmt::format(
             "A commit record says that places up to {} were on disk, but the last one before it is {}.",
             commit.synced_through.value(), survey.last.value()));
}

/// A record that takes no place.
void take_other(SegmentSurvey& survey, const RawRecord& raw, SurveyedRecord& record) {
    bool possible = true;
    if (raw.type == RecordType::commit) {
        const auto commit = parse_commit(raw.payload);
        possible = commit.has_value();
        if (commit) record.content = *commit;
        if (commit) take_commit(survey, *commit, record.at);
    } else if (raw.type == RecordType::stream) {
        const auto stream = parse_stream(raw.payload);
        possible = stream.has_value();
        if (stream) record.content = *stream;
        if (stream) survey.streams.push_back(*stream);
    } else if (raw.type == RecordType::closed) {
        const auto closed = parse_closed(raw.payload);
        possible = closed.has_value();
        if (closed) record.content = *closed;
        survey.closed = closed;
    }
    if (possible) return;
    find(survey, FindingKind::odd_record, Grade::damage, record.at,
         fmt::format("A record of type {} is intact, but says what cannot be.", record.type));
}

/// What stands where the intact records end.
void judge_end(SegmentSurvey& survey, ByteSpan file, const SegmentScan& scan) {
    const ByteSpan rest = file.subspan(scan.data_end);
    const auto written = [](std::uint8_t b) { return b != 0; };
    const auto something = std::find_if(rest.begin(), rest.end(), written);
    if (something == rest.end()) return;
    const auto behind = std::find_if(rest.rbegin(), rest.rend(), written).base();
    const bool hidden = is_end(rest);  // zeros where a record should be, and more behind them
    const std::uint64_t at =
        scan.data_end + (hidden ? static_cast<std::uint64_t>(something - rest.begin()) : 0);
    const StreamSeq next = after(survey.last);

    if (scan.damaged_through) {
        survey.synced_through = scan.damaged_through;
        survey.closed.reset();
        find(survey, FindingKind::record_damaged, Grade::damage, scan.data_end,
             fmt::format("What stands here is no intact record, yet later records name places up to {} as "
                         "written, and "
                         "a commit record among them says synced: places {} to {} cannot be read.",
                         scan.damaged_through->value(), next.value(), scan.damaged_through->value()));
    } else if (parse_record(rest)) {
        find(survey, FindingKind::out_of_order, Grade::damage, at,
             fmt::format(
                 "An intact record stands here that is not place {}: nothing from here on can be used.",
                 next.value()));
    } else {
        find(survey, FindingKind::torn_tail, Grade::torn, at,
             fmt::format(
                 "{} bytes that are no intact record, and no later commit record says that they had been "
                 "synced: an interrupted write (torn tail), normal after a power cut.",
                 behind - something));
    }
}

}  // namespace

std::optional<Chain> SegmentSurvey::chain_after(StreamSeq place) const {
    if (place == before(header.first)) return header.prev_chain;
    const auto mark = std::lower_bound(marks.begin(), marks.end(), place,
                                       [](const Mark& m, StreamSeq wanted) { return m.last < wanted; });
    if (mark == marks.end() || mark->last != place) return std::nullopt;
    return mark->chain;
}

SegmentSurvey survey_segment(std::string name, ByteSpan file, const EachRecord& each) {
    SegmentSurvey survey;
    survey.name = std::move(name);
    survey.bytes = file.size();
    if (!identify(survey, file)) return survey;
    survey.last = before(survey.header.first);

    const SegmentScan scan = scan_segment(survey.header, file);
    survey.used = scan.data_end;
    std::size_t at = std::min(segment_header_bytes, file.size());
    while (at < scan.data_end) {
        const auto raw = parse_record(file.subspan(at));
        if (!raw) break;
        SurveyedRecord record{at, raw->bytes, static_cast<std::uint8_t>(raw->type), {}};
        if (takes_place(raw->type)) {
            if (!take_place(survey, *raw, record)) break;
        } else {
            take_other(survey, *raw, record);
        }
        if (each) each(record);
        at += raw->bytes;
    }
    judge_end(survey, file, scan);
    return survey;
}

SegmentSurvey unreadable_segment(std::string name, std::string_view why) {
    SegmentSurvey survey;
    survey.name = std::move(name);
    const auto named = parse_segment_name(survey.name);
    survey.known_by = named ? SegmentSurvey::KnownBy::name : SegmentSurvey::KnownBy::nothing;
    if (named) survey.header = *named;
    if (!named) survey.header.first = StreamSeq{1};
    survey.last = before(survey.header.first);
    find(survey, FindingKind::unreadable_file, Grade::damage, 0,
         fmt::format(
             "The disk does not give this file: {} Copy the journal to another disk first, then look at "
             "the copy.",
             why));
    return survey;
}

Grade worst(const std::vector<Finding>& findings) {
    Grade grade = Grade::fine;
    for (const Finding& finding : findings) grade = std::max(grade, finding.grade);
    return grade;
}

std::string_view to_text(Grade grade) {
    switch (grade) {
        case Grade::fine: return "fine";
        case Grade::note: return "note";
        case Grade::torn: return "torn_tail";
        case Grade::unchecked: return "unchecked";
        case Grade::damage: return "damaged";
    }
    return "";
}

std::string_view to_text(FindingKind kind) {
    switch (kind) {
        case FindingKind::unreadable_file: return "unreadable_file";
        case FindingKind::empty_file: return "empty_file";
        case FindingKind::header_damaged: return "header_damaged";
        case FindingKind::name_differs: return "name_differs";
        case FindingKind::newer_format: return "newer_format";
        case FindingKind::record_damaged: return "record_damaged";
        case FindingKind::out_of_order: return "out_of_order";
        case FindingKind::torn_tail: return "torn_tail";
        case FindingKind::commit_ahead: return "commit_ahead";
        case FindingKind::odd_record: return "odd_record";
        case FindingKind::hole: return "hole";
        case FindingKind::chain_broken: return "chain_broken";
        case FindingKind::stored_differs: return "stored_differs";
        case FindingKind::mixed_files: return "mixed_files";
        case FindingKind::ignored_file: return "ignored_file";
    }
    return "";
}

}  // namespace watchglass::device
