// SPDX-License-Identifier: Apache-2.0
#include "cli/journal/documents.h"

#include <algorithm>

#include <fmt/format.h>

namespace watchglass::cli {

using namespace watchglass::device;

namespace {

std::string hex(std::uint64_t number) { return fmt::format("{:016x}", number); }
json::Value place(StreamSeq seq) { return json::Value(seq.value()); }

json::Value document_of(const Finding& finding) {
    return json::Value::object({{"file", finding.file},
                                {"at", finding.at},
                                {"kind", to_text(finding.kind)},
                                {"grade", to_text(finding.grade)},
                                {"text", finding.text}});
}

json::Value document_of(const GapRecord& gap) {
    return json::Value::object({{"from", place(gap.from)},
                                {"to", place(gap.gap.to)},
                                {"cause", to_text(gap.gap.cause)},
                                {"changes_lost", gap.gap.changes_lost}});
}

json::Value document_of(const Fork& fork) {
    return json::Value::object({{"common_through", place(fork.cut)},
                                {"no_repeats_from", place(fork.certain)},
                                {"copied_through", place(fork.moved_through)},
                                {"into_ordinal", fork.into_ordinal},
                                {"into_epoch", hex(fork.into_epoch.value())}});
}

/// What the journal has noted about a stream.
json::Value document_of(const StreamRecord& told) {
    return json::Value::object(
        {{"ordinal", told.ordinal},
         {"epoch", hex(told.epoch.value())},
         {"stored_through", place(told.stored_through)},
         {"stored_chain", to_hex(told.stored_chain)},
         {"history", told.history == 0 ? json::Value{} : json::Value{hex(told.history)}},
         {"dropped_through", place(told.dropped_through)},
         {"changes_lost", told.changes_lost},
         {"cause", to_text(told.cause)},
         {"fork", told.fork ? document_of(*told.fork) : json::Value{}}});
}

json::Value document_of(const SurveyedRecord& record) {
    auto document = json::Value::object({{"at", record.at}, {"bytes", record.bytes}});
    if (const auto* frame = std::get_if<FrameFacts>(&record.content)) {
        document.set("type", frame->possible_repeat ? "repeat" : "frame");
        document.set("seq", place(frame->seq));
        document.set("samples", frame->changes);
        document.set("body_bytes", frame->body_bytes);
    } else if (const auto* gap = std::get_if<GapRecord>(&record.content)) {
        document.set("type", "gap");
        document.set("gap", document_of(*gap));
    } else if (const auto* commit = std::get_if<CommitRecord>(&record.content)) {
        document.set("type", "commit");
        document.set("synced_through", place(commit->synced_through));
    } else if (const auto* stream = std::get_if<StreamRecord>(&record.content)) {
        document.set("type", "stream");
        document.set("stream", document_of(*stream));
    } else if (const auto* closed = std::get_if<ClosedRecord>(&record.content)) {
        document.set("type", "closed");
        document.set("closed", to_rfc3339(closed->at));
    } else {
        document.set("type", record.type);
    }
    return document;
}

json::Value document_of(const PlaceRange& range) {
    return json::Value::object({{"from", place(range.from)}, {"to", place(range.to)}});
}

json::Value document_of(const StreamSurvey& stream);

template <class T>
json::Value list_of(const std::vector<T>& all) {
    auto list = json::Value::array();
    for (const T& one : all) list.push(document_of(one));
    return list;
}

json::Value document_of(const SegmentSurvey& segment) {
    const bool header =
        segment.known_by == SegmentSurvey::KnownBy::header && !segment.newer && !segment.foreign;
    const bool named = segment.known_by != SegmentSurvey::KnownBy::nothing && !segment.newer;
    const bool some = segment.places > 0;
    auto document =
        json::Value::object({{"file", segment.name}, {"state", to_text(worst(segment.findings))}});
    document.set("header", header);
    document.set("lane", named ? json::Value{to_text(segment.header.lane)} : json::Value{});
    document.set("ordinal", named ? json::Value{segment.header.ordinal} : json::Value{});
    document.set("epoch", named ? json::Value{hex(segment.header.epoch.value())} : json::Value{});
    document.set("created", header ? json::Value{to_rfc3339(segment.header.created)} : json::Value{});
    document.set("from", place(segment.header.first));
    document.set("to", some ? place(segment.last) : json::Value{});
    document.set("frames", segment.frames);
    document.set("possible_repeats", segment.repeats);
    document.set("samples", segment.samples);
    document.set("gaps", list_of(segment.gaps));
    document.set("committed_through",
                 segment.committed ? place(segment.committed->synced_through) : json::Value{});
    document.set("closed", segment.closed ? json::Value{to_rfc3339(segment.closed->at)} : json::Value{});
    document.set("bytes_used", segment.used);
    document.set("bytes", segment.bytes);
    document.set("stream_records", list_of(segment.streams));
    return document;
}

json::Value document_of(const StreamSurvey& stream) {
    auto document = json::Value::object({{"lane", to_text(stream.id.lane)},
                                         {"ordinal", stream.ordinal},
                                         {"epoch", hex(stream.id.epoch.value())},
                                         {"newest", stream.newest}});
    document.set("readable", list_of(stream.readable));
    document.set("readable_places", stream.readable_places());
    document.set("lost", list_of(stream.lost));
    document.set("lost_places", stream.lost_places());
    document.set("lost_unstored_places", stream.lost_unstored());
    document.set("stored_through", stream.told ? place(stream.told->stored_through) : json::Value{});
    document.set("history", stream.told && stream.told->history != 0 ? json::Value{hex(stream.told->history)}
                                                                     : json::Value{});
    document.set("unstored_places", stream.unstored);
    document.set("dropped_places", stream.dropped);
    document.set("dropped_changes",
                 stream.dropped > 0 ? json::Value{stream.told->changes_lost} : json::Value{});
    document.set("fork", stream.told && stream.told->fork ? document_of(*stream.told->fork) : json::Value{});
    return document;
}

/// Those of the segments and those between them.
json::Value findings_of(const JournalSurvey& survey) {
    auto all = json::Value::array();
    for (const SegmentSurvey& segment : survey.segments) {
        for (const Finding& finding : segment.findings) all.push(document_of(finding));
    }
    for (const Finding& finding : survey.findings) all.push(document_of(finding));
    return all;
}

json::Value head_of(const LookedAt& journal) {
    return json::Value::object({{"directory", journal.directory.string()},
                                {"whole_directory", journal.whole},
                                {"in_use", journal.in_use},
                                {"changed_while_read", journal.changed},
                                {"state", to_text(journal.survey.grade())}});
}

}  // namespace

json::Value inspect_document(const std::vector<LookedAt>& journals, bool records) {
    auto all = json::Value::array();
    for (const LookedAt& journal : journals) {
        auto document = head_of(journal);
        document.set("streams", list_of(journal.survey.streams));
        auto segments = json::Value::array();
        for (std::size_t i = 0; i < journal.survey.segments.size(); ++i) {
            auto segment = document_of(journal.survey.segments[i]);
            if (records) segment.set("records", list_of(journal.records[i]));
            segments.push(std::move(segment));
        }
        document.set("segments", std::move(segments));
        document.set("findings", findings_of(journal.survey));
        all.push(std::move(document));
    }
    return json::Value::object({{"journals", std::move(all)}});
}

json::Value verify_document(const std::vector<LookedAt>& journals) {
    auto all = json::Value::array();
    Grade grade = Grade::fine;
    for (const LookedAt& journal : journals) {
        auto document = head_of(journal);
        auto files = json::Value::array();
        for (const SegmentSurvey& segment : journal.survey.segments) {
            files.push(json::Value::object({{"file", segment.name},
                                            {"state", to_text(worst(segment.findings))},
                                            {"places", segment.places}}));
        }
        document.set("files", std::move(files));
        document.set("streams", list_of(journal.survey.streams));
        document.set("findings", findings_of(journal.survey));
        all.push(std::move(document));
        grade = std::max(grade, journal.survey.grade());
    }
    return json::Value::object({{"state", to_text(grade)}, {"journals", std::move(all)}});
}

}  // namespace watchglass::cli
