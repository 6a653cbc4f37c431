// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "test/simulation/scenario.h"

namespace watchglass::simulation {

/// Compares what the instruments made durable with what the tables hold, once all is at rest.
///
/// - Each stream is a prefix without holes or repeats, in the order of recording, of what was durable under its name.
/// - Everything durable is stored, quarantined, or declared missing with a cause that really was.
/// - No reading is stored twice, unless marked as a possible repeat. A snapshot states old values again; that is no
///   repeat.
/// - What the platform holds as the latest value is the last one observed.
///
/// Not counted as lost: what was on a disk that is gone (wiped, or set back to an old image) and had not been stored,
/// and what a device had let go of as stored and a restored database no longer has.
class Check {
public:
    explicit Check(Scenario& scenario) : scenario_(scenario) {}
    void everything();

private:
    struct Of {
        Identity& identity;
        ingest::DeviceKey owner;
        std::map<ReadingId, int> stored;  ///< how often, snapshots apart
        std::set<ReadingId> known;        ///< stored somehow, or quarantined
    };
    void rows(Of& of);
    void row(Of& of, const Tables::RowKey& key, const Tables::Row& row);
    void gap(const Of& of, const Tables::RowKey& key, const Tables::Row& row);
    void continuity(const Of& of);
    void nothing_lost(const Of& of);
    void nothing_doubled(const Of& of);
    void latest(const Of& of);
    void forks_are_told(const Of& of);
    void nothing_sent_in_vain();
    [[nodiscard]] bool covered(const Of& of, const Durable& place) const;
    [[nodiscard]] bool excused(const Of& of, const Durable& place) const;
    template <class... Args>
    void violation(fmt::format_string<Args...> format, Args&&... args) {
        scenario_.world_.violation(fmt::format(format, std::forward<Args>(args)...));
    }

    Scenario& scenario_;
};

}  // namespace watchglass::simulation
