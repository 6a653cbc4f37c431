// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace watchglass::simulation {

/// Every crash point of the protocol's design, by name. A run over many seeds counts how often each was hit.
enum class Point : std::uint8_t {
    device_before_write,
    device_torn_write,
    device_after_write_before_fsync,
    device_after_fsync_before_send,
    device_mid_send,
    device_after_puback,
    device_after_stored_before_release,
    device_during_segment_delete,
    device_while_another_epoch_begins,
    device_during_rekeying,
    device_disk_full,
    device_write_eio,
    device_fsync_eio,
    device_read_eio,
    device_bit_rot,
    device_image_rollback,
    device_two_clones,
    device_journal_wiped,
    device_clock_1970,
    device_clock_jump,
    broker_killed,
    broker_restarted_empty,
    broker_queue_overflow,
    ingest_killed_holding_batch,
    ingest_killed_in_transaction,
    ingest_killed_after_commit_before_stored,
    ingest_two_at_once,
    postgres_killed,
    postgres_disk_full,
    postgres_refused_data,
    postgres_unknown_and_stored,
    postgres_unknown_and_not_stored,
    postgres_restored_from_backup,
    network_cut_mid_message,
    network_half_open,
    network_reordered,
    network_duplicated,
    network_away_30_days,
    count
};
inline constexpr std::size_t point_count = static_cast<std::size_t>(Point::count);

std::string_view to_text(Point point);

using PointCounts = std::array<std::uint64_t, point_count>;

}  // namespace watchglass::simulation
