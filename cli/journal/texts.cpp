// SPDX-License-Identifier: Apache-2.0
#include "cli/journal/texts.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/terminal/table.h"

namespace watchglass::cli {

using namespace watchglass::device;

namespace {

std::string places(std::uint64_t count) { return fmt::format("{} place{}", count, count == 1 ? "" : "s"); }

std::string range(StreamSeq from, StreamSeq to) {
    return from == to ? fmt::format("{}", from.value()) : fmt::format("{} to {}", from.value(), to.value());
}

std::string ranges(const std::vector<PlaceRange>& all) {
    std::string out;
    for (const PlaceRange& one : all) {
        if (!out.empty()) out += ", ";
        out += range(one.from, one.to);
    }
    return out.empty() ? "none" : out;
}

std::string state_word(Grade grade) {
    switch (grade) {
        case Grade::fine:
        case Grade::note: return "fine";
        case Grade::torn: return "torn tail";
        case Grade::unchecked: return "unchecked";
        case Grade::damage: return "DAMAGED";
    }
    return "";
}

std::string head(const LookedAt& journal) {
    std::string out = printable(journal.directory.string());
    out += journal.whole ? ": " : ", only the files named: ";
    out += fmt::format("{} segment{}\n", journal.survey.segments.size(),
                       journal.survey.segments.size() == 1 ? "" : "s");
    if (journal.in_use)
        out +=
            "A program works with this journal right now: what follows is a moment of it, and may be torn.\n";
    if (journal.changed)
        out +=
            "Files changed while they were read: run this again, or on a copy made while the agent stands.\n";
    return out;
}

std::string line(const Finding& finding) {
    return fmt::format("  {} at byte {}: {}\n", printable(finding.file), finding.at, printable(finding.text));
}

std::string findings_text(const JournalSurvey& survey) {
    std::string out;
    for (const SegmentSurvey& segment : survey.segments) {
        for (const Finding& finding : segment.findings) out += line(finding);
    }
    for (const Finding& finding : survey.findings) out += line(finding);
    return out.empty() ? out : "\nWhat was found\n" + out;
}

std::string heading(const StreamSurvey& stream) {
    return fmt::format("{}, epoch {:016x}, number {} of its lane{}", to_text(stream.id.lane),
                       stream.id.epoch.value(), stream.ordinal, stream.newest ? ", the newest" : "");
}

std::string stored_text(const StreamSurvey& stream) {
    if (!stream.told || (stream.told->stored_through == StreamSeq{} && stream.told->history == 0))
        return "nothing known: the platform was never heard";
    if (stream.told->stored_through == StreamSeq{})
        return fmt::format("nothing of it yet (platform history {:016x})", stream.told->history);
    return fmt::format("through place {}, as platform history {:016x} has told",
                       stream.told->stored_through.value(), stream.told->history);
}

std::string dropped_text(const StreamSurvey& stream) {
    if (stream.dropped == 0) return "none";
    return fmt::format("{} gave way before they were stored ({}, {})", places(stream.dropped),
                       to_text(stream.told->cause),
                       stream.told->changes_lost == 0 ? std::string{"number of samples not known"}
                                                      : fmt::format("{} samples", stream.told->changes_lost));
}

std::string missing_text(const StreamSurvey& stream) {
    if (stream.lost.empty()) return "none";
    return fmt::format("{} ({}), {} of them not stored as far as the files tell", ranges(stream.lost),
                       places(stream.lost_places()), stream.lost_unstored());
}

std::string summary(const StreamSurvey& stream) {
    std::string out = heading(stream) + "\n";
    const auto row = [&](const char* name, const std::string& text) {
        out += fmt::format("  {:<9} {}\n", name, text);
    };
    row("on disk", ranges(stream.readable));
    row("stored", stored_text(stream));
    row("unstored", stream.unstored == 0 ? "none" : places(stream.unstored) + " to be sent and stored");
    row("dropped", dropped_text(stream));
    row("missing", missing_text(stream));
    if (stream.told && stream.told->fork) {
        const Fork& fork = *stream.told->fork;
        row("forked",
            fmt::format("after place {}: another disk wrote this epoch too; own places through {} were "
                        "copied into epoch {:016x}",
                        fork.cut.value(), fork.moved_through.value(), fork.into_epoch.value()));
    }
    return out;
}

std::vector<std::string> row_of(const SegmentSurvey& segment, std::size_t number) {
    const auto figure = [](std::uint64_t n) { return fmt::format("{}", n); };
    return {figure(number),
            figure(segment.header.first.value()),
            segment.places == 0 ? "-" : figure(segment.last.value()),
            figure(segment.frames),
            figure(segment.gaps.size()),
            figure(segment.samples),
            figure(segment.used),
            figure(segment.bytes),
            segment.committed ? figure(segment.committed->synced_through.value()) : "-",
            segment.closed ? "in order" : "-",
            state_word(worst(segment.findings))};
}

Table segment_table() {
    Table table(
        {"#", "FROM", "TO", "FRAMES", "GAPS", "SAMPLES", "USED", "SIZE", "COMMITTED", "CLOSED", "STATE"});
    for (std::size_t column = 0; column <= 8; ++column) table.align_right(column);
    return table;
}

std::string created_text(const SegmentSurvey& segment) {
    if (segment.known_by != SegmentSurvey::KnownBy::header || segment.foreign) return "not known";
    return local_and_utc(to_rfc3339(segment.header.created));
}

std::string segments_text(const JournalSurvey& survey, const std::vector<std::size_t>& indexes) {
    Table table = segment_table();
    Table names({"#", "FILE", "CREATED"});
    std::string gaps;
    for (const std::size_t i : indexes) {
        const SegmentSurvey& segment = survey.segments[i];
        table.add(row_of(segment, i + 1));
        names.add({fmt::format("{}", i + 1), printable(segment.name), created_text(segment)});
        for (const GapRecord& gap : segment.gaps) {
            gaps +=
                fmt::format("gap: {} ({}, {})\n", range(gap.from, gap.gap.to), to_text(gap.gap.cause),
                            gap.gap.changes_lost == 0 ? std::string{"number of samples lost not known"}
                                                      : fmt::format("{} samples lost", gap.gap.changes_lost));
        }
    }
    return table.text() + names.text() + gaps;
}

std::string what(const SurveyedRecord& record) {
    if (const auto* frame = std::get_if<FrameFacts>(&record.content)) {
        return fmt::format("frame   {}: {} samples, {} bytes{}", frame->seq.value(), frame->changes,
                           frame->body_bytes, frame->possible_repeat ? ", possible repeat" : "");
    }
    if (const auto* gap = std::get_if<GapRecord>(&record.content)) {
        return fmt::format("gap     {}: {}, {} samples lost", range(gap->from, gap->gap.to),
                           to_text(gap->gap.cause), gap->gap.changes_lost);
    }
    if (const auto* commit = std::get_if<CommitRecord>(&record.content))
        return fmt::format("commit  on disk through {}", commit->synced_through.value());
    if (const auto* told = std::get_if<StreamRecord>(&record.content)) {
        return fmt::format("stream  epoch {:016x}: stored through {}, history {:016x}, dropped through {}",
                           told->epoch.value(), told->stored_through.value(), told->history,
                           told->dropped_through.value());
    }
    if (const auto* closed = std::get_if<ClosedRecord>(&record.content))
        return "closed  " + local_and_utc(to_rfc3339(closed->at));
    return fmt::format("type {}", record.type);
}

std::string records_text(const SegmentSurvey& segment, const std::vector<SurveyedRecord>& records) {
    std::string out = "\nRecords of " + printable(segment.name) + "\n";
    Table table({"OFFSET", "BYTES", "RECORD"});
    table.align_right(0);
    table.align_right(1);
    for (const SurveyedRecord& record : records)
        table.add({fmt::format("{}", record.at), fmt::format("{}", record.bytes), what(record)});
    return out + table.text();
}

std::string next_step(const JournalSurvey& survey) {
    std::uint64_t readable = 0;
    std::uint64_t lost = 0;
    std::uint64_t lost_unstored = 0;
    for (const StreamSurvey& stream : survey.streams) {
        readable += stream.readable_places();
        lost += stream.lost_places();
        lost_unstored += stream.lost_unstored();
    }
    switch (survey.grade()) {
        case Grade::fine:
        case Grade::note: return fmt::format("Fine: {} can be read, none is lost.\n", places(readable));
        case Grade::torn:
            return fmt::format(
                "A torn tail: {} can be read, none that is known to have been synced is lost.\n"
                "Next: nothing. The agent cuts the tail when it starts, and declares that the last "
                "run was not closed.\n",
                places(readable));
        case Grade::unchecked:
            return "Not checked: a newer version wrote here.\n"
                   "Next: use the `watchglass` of that version, and do not start an older agent on this "
                   "journal.\n";
        case Grade::damage: break;
    }
    return fmt::format(
        "DAMAGED: {} can be read, {} cannot; {} of these had not been stored by the platform, as far as the "
        "files "
        "tell.\n"
        "Next: keep a copy of the directory, then start the agent on it: it gives out what can be read and "
        "declares "
        "the rest to the platform as lost (journal_damaged). Look at the disk's health (`dmesg`, `smartctl "
        "-a`).\n",
        places(readable), places(lost), lost_unstored);
}

}  // namespace

std::string inspect_text(const LookedAt& journal, bool records) {
    const JournalSurvey& survey = journal.survey;
    std::string out = head(journal);
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < survey.segments.size(); ++i) {
        const bool in_stream =
            std::any_of(survey.streams.begin(), survey.streams.end(), [&](const StreamSurvey& stream) {
                return std::find(stream.segments.begin(), stream.segments.end(), i) != stream.segments.end();
            });
        if (!in_stream) others.push_back(i);
    }
    for (const StreamSurvey& stream : survey.streams) {
        out += "\n" + summary(stream);
        if (!stream.segments.empty()) out += "\n" + segments_text(survey, stream.segments);
    }
    if (!others.empty()) out += "\nof no stream that can be told\n" + segments_text(survey, others);
    for (std::size_t i = 0; records && i < survey.segments.size(); ++i)
        out += records_text(survey.segments[i], journal.records[i]);
    return out + findings_text(survey);
}

std::string verify_text(const LookedAt& journal) {
    const JournalSurvey& survey = journal.survey;
    Table files({"FILE", "STATE", "PLACES"});
    for (const SegmentSurvey& segment : survey.segments) {
        files.add({printable(segment.name), state_word(worst(segment.findings)),
                   segment.places == 0 ? "none" : range(segment.header.first, segment.last)});
    }
    std::string out = head(journal) + "\n" + files.text() + findings_text(survey) + "\n";
    for (const StreamSurvey& stream : survey.streams) {
        if (!stream.lost.empty()) out += heading(stream) + ": missing " + missing_text(stream) + "\n";
    }
    return out + next_step(survey);
}

}  // namespace watchglass::cli
