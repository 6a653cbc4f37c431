// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ingest/pipeline/batch.h"
#include "ingest/pipeline/decide.h"
#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"

/// What the pipeline needs from outside. The programs give it PostgreSQL and the broker (ingest/adapters), a
/// simulation gives it models of them.
namespace watchglass::ingest {

/// A device as the registry knows it.
struct Registration {
    DeviceKey owner;
    Keeping keeping;
    bool may_report = false;  ///< enrolled, and neither suspended, revoked nor retired
};

/// The device registry. Called from the reader's thread, where it has one, and from the other.
class DeviceRegistry {
public:
    virtual ~DeviceRegistry() = default;
    /// One answer for each id, in their order; nothing for a device that is not registered. A Failure means that the
    /// registry could not be asked, and says nothing about any device.
    virtual Result<std::vector<std::optional<Registration>>> look_up(std::span<const DeviceId> devices) = 0;
};

/// A dictionary, and the number by which rows name it.
struct ShelvedDictionary {
    storage::DictionaryNumber number{};
    Dictionary dictionary;
};

/// The published dictionaries. Called from both threads, as the registry.
class DictionaryShelf {
public:
    virtual ~DictionaryShelf() = default;
    /// Stays valid; nullptr when this version is not installed for this tenant.
    /// A Failure means that the shelf could not be reached.
    virtual Result<const ShelvedDictionary*> find(TenantNumber tenant, std::string_view name,
                                                  std::uint32_t version) = 0;
};

/// What became of a commit.
enum class Outcome {
    stored,       ///< committed
    conflict,     ///< nothing written: a stream stands elsewhere than expected; read the rows again
    refused,      ///< nothing written, because of the data: the same call fails again
    unreachable,  ///< nothing written, because of the database or the way to it: the same call may succeed later
    unknown,      ///< the link broke during COMMIT: only the rows can tell
};

struct CommitAnswer {
    Outcome outcome = Outcome::stored;
    std::optional<Failure> failure;  ///< unless stored
};

/// Where frames survive. One thread.
class Vault {
public:
    virtual ~Vault() = default;
    /// How often the link to the database was lost so far. Behind the next one may be another database. 0 for a vault that
    /// cannot lose it.
    [[nodiscard]] virtual std::uint64_t sessions_lost() const { return 0; }
    /// Where the streams stand, in the order asked; {0, zeros} for one that is not there.
    virtual Result<std::vector<StreamPosition>> positions(std::span<const StreamKey> streams) = 0;
    /// The same, behind every transaction that may still hold the rows: the truth after an unknown commit.
    virtual Result<std::vector<StreamPosition>> settled_positions(std::span<const StreamKey> streams) = 0;
    /// The chain kept for one place of a stream, while it is kept.
    virtual Result<std::optional<Chain>> kept_chain(const StreamKey& stream, StreamSeq seq) = 0;
    /// Everything or nothing, in one transaction: rows, events, gaps, quarantine, and the streams' moves.
    virtual CommitAnswer commit(std::span<const Step> steps, std::span<const Unreadable> unreadable) = 0;
    /// Devices know of more than is stored: the database was restored from a backup. Begins another history unless one
    /// has begun since `believed` was valid (or one began a moment ago); answers the one that is valid now.
    virtual Result<std::uint64_t> begin_new_history(std::uint64_t believed, const DeviceId& witness) = 0;
    /// Signs of life, and the clocks of boots heard for the first time. Worth trying once: the next Hello says it again.
    virtual Result<void> heard(std::span<const Greeting> greetings) = 0;
};

/// What devices hear. Never blocks.
class Voice {
public:
    virtual ~Voice() = default;
    /// False when the link cannot take it now: offer it again later.
    virtual bool say(const DeviceId& device, const Stored& stored) = 0;
};

}  // namespace watchglass::ingest
