// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "ingest/pipeline/pipeline.h"
#include "libs/foundation/log.h"

/// What devices say of the past, compared with what is stored: repeats, the places asked about after a fork, and what they
/// were told, which shows a database that was restored.
namespace watchglass::ingest {

/// A repeat is compared with the chain kept for its place. A chain speaks for everything before it, so the last
/// repeat of each stream is enough.
Result<void> Pipeline::load_chains(const Batch& batch) {
    std::map<StreamKey, StreamSeq> last;
    for (const Frame& frame : batch.frames) {
        const bool repeat = frame.through <= ledger_.position(frame.key()).stored_through;
        if (!repeat || std::holds_alternative<Gap>(frame.content)) continue;
        StreamSeq& seq = last[frame.key()];
        if (frame.seq > seq) seq = frame.seq;
    }
    for (const auto& [key, seq] : last) {
        if (ledger_.recent(key).at(seq)) continue;
        const auto chain = chain_at(key, seq);
        if (!chain) return failed(chain);
        if (*chain) ledger_.remember(key, seq, **chain);
    }
    return {};
}

/// After a fork a device asks where it agrees with us.
Result<void> Pipeline::answer_probes(Batch& batch) {
    for (Greeting& greeting : batch.greetings) {
        for (const HelloStream& told : greeting.hello.streams) {
            if (told.round == 0 || look_ups_left_ < told.probes.size()) continue;  // it asks again
            const auto narrowed = narrow({greeting.owner, told.stream}, told);
            if (!narrowed) return failed(narrowed);
            greeting.narrowed[told.stream] = *narrowed;
        }
    }
    return {};
}

Result<Narrowed> Pipeline::narrow(const StreamKey& key, const HelloStream& told) {
    Narrowed narrowed{.round = told.round};
    const StreamPosition stored = ledger_.position(key);
    for (const Place& probe : told.probes) {
        if (probe.seq > stored.stored_through) break;
        const auto kept = chain_at(key, probe.seq);
        if (!kept) return failed(kept);
        const std::optional<Chain>& ours = *kept;
        if (!ours) continue;
        if (*ours != probe.chain) {
            narrowed.differs = probe.seq;
            break;  // and so do all behind it
        }
        narrowed.agreed = probe.seq;
    }
    return narrowed;
}

/// A device was told, under the history that we believe in, of something that is not what we find stored: more places, or
/// another chain. Our memory may be old (another process was ahead), so the rows are read again, behind every transaction;
/// if they say the same, the database is not the one that told it: it was restored from a backup.
Result<void> Pipeline::look_for_restore(Batch& batch) {
    for (Greeting& greeting : batch.greetings) {
        if (greeting.hello.history != announcer_.history()) continue;
        std::vector<const HelloStream*> doubted;
        std::vector<StreamKey> keys;
        for (const HelloStream& told : greeting.hello.streams) {
            const auto holds = holds_what_was_told({greeting.owner, told.stream}, told);
            if (!holds) return failed(holds);
            if (*holds) continue;
            doubted.push_back(&told);
            keys.push_back({greeting.owner, told.stream});
        }
        if (doubted.empty()) continue;
        const auto found = parts_.vault.settled_positions(keys);
        if (!found) return failed(found);
        bool restored = false;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            ledger_.learn(keys[i], (*found)[i]);
            const auto holds = holds_what_was_told(keys[i], *doubted[i]);
            if (!holds) return failed(holds);
            restored = restored || !*holds;
        }
        if (!restored) continue;
        const auto valid = parts_.vault.begin_new_history(announcer_.history(), greeting.device);
        if (!valid) return failed(valid);
        if (*valid == announcer_.history()) {
            // One began a moment ago, or this one lies. It asks again; an answer now would be about another database.
            greeting.hello.streams.clear();
            continue;
        }
        log::error("ingest.database_restored",
                   "Devices know of more than is stored: the database was restored. They are asked to send "
                   "it again.",
                   {{"device", greeting.device.text()}});
        parts_.meters.restores.add();
        set_history(*valid);
        return {};
    }
    return {};
}

/// Whether the place that a device was told is stored here, under the chain that it was told; where the chain is no longer
/// kept, the place alone counts.
Result<bool> Pipeline::holds_what_was_told(const StreamKey& key, const HelloStream& told) {
    if (told.first_unstored <= StreamSeq{1}) return true;
    const StreamSeq place = before(told.first_unstored);
    const StreamPosition stored = ledger_.position(key);
    if (place > stored.stored_through) return false;
    if (told.told_chain == Chain{}) return true;
    const auto ours = chain_at(key, place);
    if (!ours) return failed(ours);
    return !*ours || **ours == told.told_chain;
}

/// The chain of a stored place: remembered, or kept in the database. Nothing when it is kept no longer, or when this batch
/// has asked often enough: others wait. Nobody is wronged by that: a device compares chains itself, and asks again.
Result<std::optional<Chain>> Pipeline::chain_at(const StreamKey& key, StreamSeq seq) {
    const StreamPosition stored = ledger_.position(key);
    if (seq == stored.stored_through) return std::optional(stored.chain);
    if (const auto recent = ledger_.recent(key).at(seq)) return recent;
    if (look_ups_left_ == 0) return std::optional<Chain>{};
    --look_ups_left_;
    return parts_.vault.kept_chain(key, seq);
}

}  // namespace watchglass::ingest
