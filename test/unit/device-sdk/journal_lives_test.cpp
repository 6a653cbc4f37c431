// SPDX-License-Identifier: Apache-2.0
// Whole lives of an instrument's journal, drawn at random, and what a survey makes of the files they leave.
#include <optional>

#include "test/unit/device-sdk/journal_surveys.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;

namespace {

/// What an instrument's months do to its journal, drawn at random: sealing, forks, restarts, power cuts, syncs that fail, and
/// in every other life too little room.
class Life {
public:
    explicit Life(std::uint64_t seed) : draw_(seed), little_room_(seed % 2 == 0) {
        if (little_room_) instrument_.settings.bytes_most = 5u * (64u << 10);
        instrument_.boot();
    }

    std::string step() {
        Journal& journal = *instrument_.journal;
        switch (draw_.next_u64() % 12) {
            case 0:
            case 1:
            case 2:
            case 3: return instrument_.record(static_cast<int>(number(8)), 10 + number(6000)), "record";
            case 4:
            case 5: return (void)journal.sync(), "sync";
            case 6: return store(), "store";
            case 7: return failed_sync(), "failed sync";
            case 8: return journal.append_gap(GapCause::refused_by_policy, 3), "gap";
            case 9:
                if (journal.may_seal()) journal.start_epoch();
                return "seal";
            case 10: return number(2) == 0 ? fork() : move();
            default: return restart();
        }
    }
    /// As the files are, or as a power cut would leave them.
    [[nodiscard]] FakeDisk disk(bool power_cut) const {
        FakeDisk copy = instrument_.disk;
        if (power_cut) copy.power_cut();
        return copy;
    }

private:
    std::uint64_t number(std::uint64_t below) { return draw_.next_u64() % below; }

    /// The same places go into a new segment; where that fails too they wait in memory, or move to another epoch.
    void failed_sync() {
        instrument_.disk.failing_syncs = 1 + static_cast<int>(number(3));
        (void)instrument_.journal->sync();
        if (number(3) == 0 && instrument_.journal->may_seal()) instrument_.journal->start_epoch();
        instrument_.disk.failing_syncs = 0;
    }
    std::optional<StreamState> any_stream() {
        const auto streams = instrument_.journal->streams();
        const StreamState state = streams[number(streams.size())];
        if (state.synced_through == StreamSeq{} || state.forked) return std::nullopt;
        return state;
    }
    void store() {
        instrument_.journal->set_history(1);
        const auto state = any_stream();
        if (!state) return;
        const std::uint64_t rest = state->synced_through.value() - state->stored_through.value();
        const StreamSeq through{state->stored_through.value() + number(rest + 1)};
        const auto chain = instrument_.journal->chain_after(state->id, through);
        if (chain) instrument_.journal->mark_stored(state->id, through, *chain);
    }
    std::string fork() {
        const auto state = any_stream();
        if (!state) return "no fork";
        const StreamSeq cut{
            std::min(state->stored_through.value() + number(3), state->synced_through.value())};
        const auto chain = instrument_.journal->chain_after(state->id, cut);
        if (chain) instrument_.journal->fork(state->id, cut, *chain, StreamSeq{cut.value() + 2});
        return "fork";
    }
    std::string move() { return (void)instrument_.journal->move_forked(), "move"; }
    std::string restart() {
        const auto how = number(3);
        if (how == 0) (void)instrument_.journal->close();
        if (how == 1) instrument_.disk.power_cut();
        instrument_.boot();
        return how == 0 ? "close" : how == 1 ? "power cut" : "kill";
    }

    SeededRng draw_;
    bool little_room_;
    Instrument instrument_;
};

}  // namespace

TEST_CASE("whatever an instrument lives through, nothing of it looks like damage",
          "[device-sdk][journal][survey]") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Life life{seed};
        std::string steps;
        for (int i = 0; i < 50; ++i) {
            steps += life.step() + ", ";
            for (const bool power_cut : {false, true}) {
                FakeDisk disk = life.disk(power_cut);
                const JournalSurvey survey = survey_of(disk);
                INFO("seed " << seed << (power_cut ? ", after a power cut: " : ": ") << steps << "\n"
                             << told(survey));
                REQUIRE(survey.grade() <= Grade::torn);
                for (const StreamSurvey& stream : survey.streams) REQUIRE(stream.lost.empty());
            }
        }
    }
}
