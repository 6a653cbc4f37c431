// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/points.h"

namespace watchglass::simulation {

std::string_view to_text(Point point) {
    static constexpr std::array<std::string_view, point_count> names{
        "device: before write",
        "device: torn write",
        "device: after write, before fsync",
        "device: after fsync, before send",
        "device: mid-send",
        "device: after PUBACK",
        "device: after Stored, before release",
        "device: during segment delete",
        "device: while another epoch begins",
        "device: during re-keying",
        "device: disk full",
        "device: write EIO",
        "device: fsync EIO",
        "device: read EIO",
        "device: bit rot",
        "device: image rolled back",
        "device: two clones",
        "device: journal wiped",
        "device: clock at 1970",
        "device: clock jumping",
        "broker: killed",
        "broker: restarted empty",
        "broker: queue overflow",
        "ingest: killed holding a batch",
        "ingest: killed inside the transaction",
        "ingest: killed after COMMIT, before Stored",
        "ingest: two at once",
        "postgres: kill -9",
        "postgres: disk full",
        "postgres: data refused",
        "postgres: connection lost in COMMIT, stored",
        "postgres: connection lost in COMMIT, not stored",
        "postgres: restored from an old backup",
        "network: cut inside a message",
        "network: half-open",
        "network: reordered",
        "network: duplicated",
        "network: away for 30 days",
    };
    return names[static_cast<std::size_t>(point)];
}

}  // namespace watchglass::simulation
