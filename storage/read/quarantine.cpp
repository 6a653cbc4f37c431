// SPDX-License-Identifier: Apache-2.0
#include "storage/read/quarantine.h"

#include <charconv>
#include <limits>

#include "storage/telemetry/columns.h"
#include "storage/telemetry/quarantine_store.h"

namespace watchglass::storage {
namespace {

const std::string columns_sql =
    "SELECT q.id, d.device_id, q.topic, q.lane, q.epoch, q.seq, q.received, q.code, q.detail, q.state,"
    " octet_length(q.bytes)";
const std::string from_sql =
    " FROM watchglass.quarantine q"
    " LEFT JOIN watchglass.devices d ON d.tenant = q.tenant AND d.device = q.device ";

Result<QuarantineItem> item_of(const Row& row) {
    QuarantineItem item;
    item.id = row.int64(0);
    if (!row.is_null(1)) {
        auto device = DeviceId::parse(row.view(1));
        if (!device) return failed(device);
        item.device = std::move(*device);
    }
    item.topic = row.text(2);
    if (!row.is_null(3)) {
        item.stream = columns::stream_id(row, 3);
        item.seq = StreamSeq{row.uint64(5)};
    }
    item.received = row.time(6);
    item.code = row.text(7);
    item.detail = row.text(8);
    item.state = to_text(static_cast<QuarantineState>(row.int16(9)));
    item.size = row.int64(10);
    return item;
}

}  // namespace

Result<QuarantinePage> list_quarantined(UnitOfWork& unit, const std::optional<DeviceId>& device,
                                        const Page& page) {
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    if (!page.after.empty()) {
        const char* end = page.after.data() + page.after.size();
        const auto parsed = std::from_chars(page.after.data(), end, before);
        if (parsed.ec != std::errc{} || parsed.ptr != end)
            return failed(Failure{
                watchglass::codes::invalid_argument, Next::give_up, "This cursor is not one of ours", {}});
    }
    auto rows = unit.run(columns_sql + from_sql +
                             "WHERE q.id < $1 AND ($2::text IS NULL OR d.device_id = $2) "
                             "ORDER BY q.id DESC LIMIT $3",
                         {before, device, page.limit + 1});
    if (!rows) return failed(rows);
    QuarantinePage out;
    for (const Row row : *rows) {
        if (static_cast<int>(out.items.size()) == page.limit) {
            out.next = std::to_string(out.items.back().id);
            break;
        }
        auto item = item_of(row);
        if (!item) return failed(item);
        out.items.push_back(std::move(*item));
    }
    return out;
}

Result<std::optional<QuarantineItem>> show_quarantined(UnitOfWork& unit, std::int64_t id) {
    auto rows = unit.run(columns_sql + ", q.bytes" + from_sql + "WHERE q.id = $1", {id});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    auto item = item_of((*rows)[0]);
    if (!item) return failed(item);
    const ByteSpan bytes = (*rows)[0].bytes(11);
    item->bytes.assign(bytes.begin(), bytes.end());
    return std::move(*item);
}

}  // namespace watchglass::storage
