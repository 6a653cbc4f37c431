// SPDX-License-Identifier: Apache-2.0
#include "test/integration/storage/one_frame.h"

#include <stdexcept>

namespace watchglass::test {

DeviceId device_id(std::string_view text) { return DeviceId::parse(text).value(); }

Chain chain_of(std::uint64_t seq) {
    Chain chain{};
    chain[0] = static_cast<std::uint8_t>(seq);
    chain[15] = 0xcc;
    return chain;
}

storage::TelemetryBatch OneFrame::batch() {
    parameters.clear();
    offsets.clear();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        parameters.push_back(static_cast<std::int16_t>(i + 1));
        offsets.push_back(static_cast<std::int32_t>(i) * 1000);
    }
    storage::FrameRow frame;
    frame.device = device;
    frame.stream = {Lane::telemetry, Epoch{epoch}};
    frame.seq = StreamSeq{seq};
    frame.t = t;
    frame.received = noon;
    frame.device_us = t.us - 3600'000'000;
    frame.clock_quality = ClockQuality::set;
    frame.dictionary = dictionary;
    frame.parameters = parameters;
    frame.offsets_us = offsets;
    frame.numbers = numbers;
    frame.texts = texts;

    storage::StreamRun run;
    run.stream = {device, frame.stream};
    run.from = frame.seq;
    run.through = frame.seq;
    run.chains = {chain_of(seq)};
    run.t_first = t;
    run.t_last = t;

    storage::TelemetryBatch batch;
    batch.received = noon;
    batch.runs = {run};
    batch.frames = {frame};
    return batch;
}

void write_latest(storage::Connection& connection, const storage::TelemetryBatch& batch) {
    storage::LatestNewsByKey news;
    storage::add_to_news(news, batch.frames);
    auto unit = storage::UnitOfWork::begin(connection);
    storage::LatestStore latest;
    if (!latest.apply(*unit, news) || unit->commit().committed != storage::Committed::yes)
        throw std::runtime_error("the latest values were not written");
}

storage::PoolSettings pool_of(const TestDatabase& database, const std::string& role) {
    return {
        .dsn = database.dsn(role), .program = "test", .connections = 4, .patience = std::chrono::seconds{30}};
}

}  // namespace watchglass::test
