// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/decide.h"

#include <map>
#include <set>
#include <utility>

namespace watchglass::ingest {
namespace {

/// A stream while this batch is decided: the ledger's position, moved by the steps planned so far.
struct Tentative {
    StreamPosition position;
    RecentChains recent;
};

class Decision {
public:
    Decision(StreamLedger& ledger, const Timekeeper& time, SteadyTime now)
        : ledger_(ledger), time_(time), now_(now) {}

    void consider(Frame& frame) {
        Tentative& stream = tentative(frame.key());
        const Offer offer{frame.seq, frame.through, frame.prev_chain, frame.chain,
                          std::holds_alternative<Gap>(frame.content)};
        switch (judge(stream.position, stream.recent, offer)) {
            case Verdict::accept: return accept(frame, stream);
            case Verdict::repeat:
                ++plan_.repeats;
                return answer(frame.device, frame.key(), StoredWhy::progress);
            case Verdict::hole:
                ++plan_.holes;
                if (ledger_.may_ask_for_hole(frame.key(), now_))
                    answer(frame.device, frame.key(), StoredWhy::hole);
                return;
            case Verdict::fork: ++plan_.forks; return answer(frame.device, frame.key(), StoredWhy::fork);
        }
    }

    void greet(const Greeting& greeting) {
        for (const HelloStream& told : greeting.hello.streams) {
            const StreamKey key{greeting.owner, told.stream};
            const StoredWhy why = forked(key, told) ? StoredWhy::fork : StoredWhy::hello;
            const auto narrowed = greeting.narrowed.find(told.stream);
            answer(greeting.device, key, why,
                   narrowed == greeting.narrowed.end() ? Narrowed{} : narrowed->second);
        }
    }

    Plan take() { return std::move(plan_); }

private:
    Tentative& tentative(const StreamKey& key) {
        const auto found = streams_.find(key);
        if (found != streams_.end()) return found->second;
        return streams_.emplace(key, Tentative{ledger_.position(key), ledger_.recent(key)}).first->second;
    }

    void accept(Frame& frame, Tentative& stream) {
        if (auto* readable = std::get_if<ReadableBody>(&frame.content)) {
            time_.correct(frame.owner, frame.keeping.keep, frame.received, *readable);
        }
        const StreamPosition moved{frame.through, frame.chain};
        plan_.steps.push_back({&frame, after(stream.position.stored_through), stream.position, moved});
        stream.position = moved;
        stream.recent.add(moved.stored_through, moved.chain);
        answer(frame.device, frame.key(), StoredWhy::progress);
    }

    /// The device's newest frame stands where we know a chain, and it is another one. A device that stands behind us
    /// with a chain we have forgotten sees by itself, from our answer, that we hold more than it ever made. A chain of
    /// zeros behind a frame is one that the device does not know: its journal is damaged there.
    bool forked(const StreamKey& key, const HelloStream& told) {
        if (told.next == StreamSeq{}) return false;
        if (told.chain == Chain{} && told.next > StreamSeq{1}) return false;
        const auto ours = ledger_.recent(key).at(before(told.next));
        return ours && *ours != told.chain;
    }

    void answer(const DeviceId& device, const StreamKey& key, StoredWhy why, const Narrowed& narrowed = {}) {
        if (answered_.emplace(key, why).second || narrowed.round > 0)
            plan_.answers.push_back({device, key, why, narrowed});
    }

    StreamLedger& ledger_;
    const Timekeeper& time_;
    SteadyTime now_;
    std::map<StreamKey, Tentative> streams_;
    std::set<std::pair<StreamKey, StoredWhy>> answered_;
    Plan plan_;
};

}  // namespace

Plan decide(Batch& batch, StreamLedger& ledger, const Timekeeper& time, SteadyTime now) {
    Decision decision(ledger, time, now);
    for (Frame& frame : batch.frames) decision.consider(frame);
    for (const Greeting& greeting : batch.greetings) decision.greet(greeting);
    return decision.take();
}

std::vector<StreamMove> moves_of(std::span<const Step> steps) {
    std::vector<StreamMove> moves;
    std::map<StreamKey, std::size_t> where;
    for (const Step& step : steps) {
        const auto [found, added] = where.emplace(step.frame->key(), moves.size());
        if (added) {
            moves.push_back({step.frame->key(), step.frame->device, step.before, step.after});
        } else {
            moves[found->second].to = step.after;
        }
    }
    return moves;
}

}  // namespace watchglass::ingest
