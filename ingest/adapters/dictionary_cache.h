// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ingest/pipeline/ports.h"
#include "libs/foundation/clock.h"
#include "storage/postgres/connection_pool.h"

namespace watchglass::ingest {

/// The dictionaries table, parsed once. Read on first use, after forget(), and again at most once a second while
/// frames name a version that is not there. Thread-safe; what find() answers stays valid.
class DictionaryCache final : public DictionaryShelf {
public:
    static constexpr Microseconds reread_pause{1'000'000};

    DictionaryCache(storage::ConnectionPool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

    Result<const ShelvedDictionary*> find(TenantNumber tenant, std::string_view name,
                                          std::uint32_t version) override;
    /// Reads the table now, so that the first frame need not wait for it.
    Result<void> preload(storage::Connection& connection) {
        const std::lock_guard lock(mutex_);
        return read(connection);
    }
    /// A dictionary was installed: `watchglass_dictionaries`.
    void forget() {
        const std::lock_guard lock(mutex_);
        read_at_.reset();
    }

private:
    struct Entry {
        std::optional<TenantNumber> tenant;  ///< nothing: everyone's
        ShelvedDictionary shelved;
    };
    const ShelvedDictionary* on_shelf(TenantNumber tenant, std::string_view name,
                                      std::uint32_t version) const;
    Result<void> read(storage::Connection& connection);

    storage::ConnectionPool& pool_;
    const Clock& clock_;
    std::mutex mutex_;  ///< of the next two
    std::optional<SteadyTime> read_at_;
    std::map<storage::DictionaryNumber, Entry> entries_;
};

}  // namespace watchglass::ingest
