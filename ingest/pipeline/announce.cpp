// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/announce.h"

namespace watchglass::ingest {
namespace {

/// How much a reason asks of the device: when two meet in one message the stronger one is said.
int weight(StoredWhy why) {
    switch (why) {
        case StoredWhy::progress: return 0;
        case StoredWhy::hello: return 1;
        case StoredWhy::hole: return 2;
        case StoredWhy::fork: return 3;
    }
    return 0;
}

}  // namespace

void Announcer::announce(std::span<const Answer> answers, const StreamLedger& ledger) {
    for (const Answer& answer : answers) {
        const StreamPosition& position = ledger.position(answer.key);
        StoredStream& said = waiting_[answer.device].statements[answer.key.stream];
        // Something asked for at an older position is void: progress was made since.
        const bool stronger =
            said.stored_through != position.stored_through || weight(answer.why) > weight(said.why);
        said.stream = answer.key.stream;
        said.stored_through = position.stored_through;
        said.chain = position.chain;
        if (stronger) said.why = answer.why;
        if (answer.narrowed.round > 0) {  // stays true, whatever is stored since
            said.round = answer.narrowed.round;
            said.agreed = answer.narrowed.agreed;
            said.differs = answer.narrowed.differs;
        }
    }
    flush();
}

bool Announcer::flush() {
    while (!waiting_.empty()) {
        const auto next = waiting_.begin();
        const Owed& owed = next->second;
        Stored stored{.streams = {}, .history = history_, .server_time = clock_.wall(), .asked = owed.asked};
        stored.streams.reserve(owed.statements.size());
        for (const auto& [id, statement] : owed.statements) stored.streams.push_back(statement);
        if (!voice_.say(next->first, stored)) return false;
        waiting_.erase(next);
    }
    return true;
}

}  // namespace watchglass::ingest
