// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/latest_progress.h"

#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

constexpr const char* save_sql =
    "UPDATE watchglass.latest_progress SET through = $2 "
    "WHERE shard = ANY (string_to_array($1, NULL)::\"char\"[]) AND through < $2";

constexpr const char* ahead_sql =
    "SELECT c.commit FROM watchglass.commits c "
    "WHERE c.commit > (SELECT min(through) FROM watchglass.latest_progress"
    "                  WHERE shard = ANY (string_to_array($1, NULL)::\"char\"[]))"
    "  AND EXISTS (SELECT FROM unnest(c.tenants, c.devices) AS e(tenant, device)"
    "              JOIN watchglass.devices d USING (tenant, device)"
    "              WHERE left(d.device_id, 1) = ANY (string_to_array($1, NULL))) "
    "ORDER BY c.commit";

constexpr const char* owed_sql =
    "SELECT EXISTS (SELECT FROM watchglass.commits c "
    "CROSS JOIN LATERAL unnest(c.tenants, c.devices) AS e(tenant, device) "
    "JOIN watchglass.devices d USING (tenant, device) "
    "JOIN watchglass.latest_progress p ON p.shard = left(d.device_id, 1)::\"char\" AND p.through < c.commit "
    "WHERE c.commit > (SELECT min(through) FROM watchglass.latest_progress) AND c.at < $1)";

constexpr const char* frames_sql =
    "SELECT f.tenant, f.device, f.lane, f.epoch, f.seq, f.t, f.received, f.dictionary, f.sub_device,"
    " f.parameters, f.offsets_us, f.numbers, f.texts "
    "FROM watchglass.commits c "
    "CROSS JOIN LATERAL unnest(c.tenants, c.devices, c.lanes, c.epochs, c.froms, c.throughs, c.t_firsts, "
    "c.t_lasts)"
    "  AS e(tenant, device, lane, epoch, from_seq, through, t_first, t_last) "
    "JOIN watchglass.devices d ON d.tenant = e.tenant AND d.device = e.device"
    "  AND left(d.device_id, 1) = ANY (string_to_array($2, NULL)) "
    "JOIN watchglass.frames f ON f.tenant = e.tenant AND f.device = e.device"
    "  AND f.t BETWEEN e.t_first AND e.t_last AND f.lane = e.lane AND f.epoch = e.epoch"
    "  AND f.seq BETWEEN e.from_seq AND e.through "
    "WHERE c.commit = $1 ORDER BY f.tenant, f.device, f.lane, f.epoch, f.seq";

/// A row of frames_sql, with the memory that a FrameRow points into.
struct StoredFrame {
    explicit StoredFrame(const Row& row)
        : sub_device(row.text(8)),
          parameters(row.int16s(9)),
          offsets(row.int32s(10)),
          numbers(row.numbers(11)) {
        if (!row.is_null(12)) texts = row.texts(12);
        for (const auto& text : texts) views.push_back(text ? std::string_view(*text) : std::string_view{});
        frame.device = columns::device_key(row, 0);
        frame.stream = columns::stream_id(row, 2);
        frame.seq = StreamSeq{row.uint64(4)};
        frame.t = row.time(5);
        frame.received = row.time(6);
        frame.dictionary = DictionaryNumber{row.int32(7)};
        frame.sub_device = sub_device;
        frame.parameters = parameters;
        frame.offsets_us = offsets;
        frame.numbers = numbers;
        frame.texts = views;
    }
    StoredFrame(const StoredFrame&) = delete;
    StoredFrame& operator=(const StoredFrame&) = delete;

    std::string sub_device;
    std::vector<std::int16_t> parameters;
    std::vector<std::int32_t> offsets;
    std::vector<double> numbers;
    std::vector<std::optional<std::string>> texts;
    std::vector<std::string_view> views;
    FrameRow frame;
};

}  // namespace

Result<void> save_latest_progress(UnitOfWork& unit, std::string_view shards, std::int64_t through) {
    const auto done = unit.run_prepared(save_sql, {shards, through});
    if (!done) return failed(done);
    return {};
}

Result<std::vector<std::int64_t>> commits_ahead_of_latest(Connection& connection, std::string_view shards) {
    const auto rows = connection.run(ahead_sql, {shards});
    if (!rows) return failed(rows);
    std::vector<std::int64_t> commits;
    for (const Row row : *rows) commits.push_back(row.int64(0));
    return commits;
}

Result<bool> latest_owes_before(Connection& connection, WallTime end) {
    const auto rows = connection.run(owed_sql, {end});
    if (!rows) return failed(rows);
    return (*rows)[0].boolean(0);
}

Result<LatestNewsByKey> news_of_commit(Connection& connection, std::int64_t commit, std::string_view shards) {
    const auto rows = connection.run_prepared(frames_sql, {commit, shards});
    if (!rows) return failed(rows);
    LatestNewsByKey news;
    for (const Row row : *rows) {
        const StoredFrame stored{row};
        add_to_news(news, {&stored.frame, 1});
    }
    return news;
}

}  // namespace watchglass::storage
