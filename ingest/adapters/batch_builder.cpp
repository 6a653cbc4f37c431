// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/batch_builder.h"

#include <algorithm>

namespace watchglass::ingest {

void BatchBuilder::begin(WallTime received) {
    batch_.clear();
    batch_.received = received;
    run_of_.clear();
    texts_.clear();
}

void BatchBuilder::add(const Step& step) {
    const Frame& frame = *step.frame;
    add_run(step);
    if (const auto* refused = std::get_if<RefusedBody>(&frame.content)) {
        batch_.quarantined.push_back({.device = frame.owner,
                                      .topic = frame.topic,
                                      .stream = frame.stream,
                                      .seq = frame.seq,
                                      .received = frame.received,
                                      .code = std::string(refused->reason.name),
                                      .detail = refused->detail,
                                      .bytes = frame.payload});
    } else if (const auto* gap = std::get_if<Gap>(&frame.content)) {
        batch_.gaps.push_back({.device = frame.owner,
                               .stream = frame.stream,
                               .from = step.from,
                               .to = gap->to,
                               .cause = gap->cause,
                               .changes_lost = gap->changes_lost,
                               .received = frame.received});
    } else {
        if (frame.possible_repeat) add_repeat(frame);
        add_body(frame, std::get<ReadableBody>(frame.content));
    }
}

/// One row for as many places in a row as this batch has.
void BatchBuilder::add_repeat(const Frame& frame) {
    const auto follows = [&](const storage::RepeatRow& row) {
        return row.device == frame.owner && row.stream == frame.stream &&
               row.to.value() + 1 == frame.seq.value();
    };
    if (!batch_.repeats.empty() && follows(batch_.repeats.back())) {
        batch_.repeats.back().to = frame.through;
    } else {
        batch_.repeats.push_back({frame.owner, frame.stream, frame.seq, frame.through, frame.received});
    }
}

void BatchBuilder::add_replayed(const Frame& frame) {
    const auto& body = std::get<ReadableBody>(frame.content);
    add_body(frame, body);
    storage::StreamRun& run = run_from(frame.key(), frame.seq);
    run.through = frame.seq;
    run.t_first = run.t_last = body.t;
}

void BatchBuilder::add(const Unreadable& unreadable) {
    batch_.quarantined.push_back({.device = unreadable.owner,
                                  .topic = unreadable.topic,
                                  .stream = std::nullopt,
                                  .seq = StreamSeq{},
                                  .received = unreadable.received,
                                  .code = std::string(unreadable.reason.name),
                                  .detail = unreadable.detail,
                                  .bytes = unreadable.payload});
}

void BatchBuilder::add_body(const Frame& frame, const ReadableBody& body) {
    storage::FrameRow row{.device = frame.owner,
                          .retention = frame.keeping.retention,
                          .stream = frame.stream,
                          .seq = frame.seq,
                          .t = body.t,
                          .received = frame.received,
                          .device_us = body.base.us,
                          .clock_quality = body.clock_quality,
                          .time_replaced = body.time_replaced,
                          .dictionary = body.dictionary,
                          .sub_device = body.sub_device,
                          .parameters = body.parameters,
                          .offsets_us = body.offsets_us,
                          .numbers = body.numbers,
                          .texts = {},
                          .confirmed = body.confirmed,
                          .confirmed_offsets_us = body.confirmed_offsets_us};
    if (!body.texts.empty()) {
        auto& views = texts_.emplace_back();
        for (const auto& text : body.texts)
            views.push_back(text ? std::string_view(*text) : std::string_view{});
        row.texts = views;
    }
    batch_.frames.push_back(row);

    for (std::size_t i = 0; i < body.events.size(); ++i) {
        const Event& event = body.events[i];
        const auto parameter =
            event.parameter ? std::optional<std::int16_t>(static_cast<std::int16_t>(event.parameter->value()))
                            : std::nullopt;
        batch_.events.push_back({.device = frame.owner,
                                 .stream = frame.stream,
                                 .seq = frame.seq,
                                 .ordinal = static_cast<std::int16_t>(i),
                                 .t = body.event_times[i],
                                 .received = frame.received,
                                 .device_us = event.at.us,
                                 .clock_quality = body.clock_quality,
                                 .dictionary = body.dictionary,
                                 .sub_device = body.sub_device,
                                 .kind = event.kind,
                                 .severity = event.severity,
                                 .name = event.name,
                                 .parameter = parameter,
                                 .value = event.value,
                                 .text = event.text});
    }
}

storage::StreamRun& BatchBuilder::run_from(const StreamKey& key, StreamSeq from) {
    const auto [found, added] = run_of_.emplace(key, batch_.runs.size());
    if (added) {
        storage::StreamRun fresh;
        fresh.stream = key;
        fresh.from = from;
        batch_.runs.push_back(std::move(fresh));
    }
    return batch_.runs[found->second];
}

void BatchBuilder::add_run(const Step& step) {
    const Frame& frame = *step.frame;
    storage::StreamRun& run = run_from(frame.key(), step.from);
    run.through = step.after.stored_through;

    if (std::holds_alternative<Gap>(frame.content)) {
        run.chains.clear();  // nobody has the chains within the gap
        run.missing += frame.through.value() - step.from.value() + 1;
    }
    run.chains.push_back(frame.chain);
    if (std::holds_alternative<RefusedBody>(frame.content)) ++run.quarantined;
    if (const auto* body = std::get_if<ReadableBody>(&frame.content)) {
        const bool first = run.t_first == WallTime{} && run.t_last == WallTime{};
        run.t_first = first ? body->t : std::min(run.t_first, body->t);
        run.t_last = first ? body->t : std::max(run.t_last, body->t);
    }
}

}  // namespace watchglass::ingest
