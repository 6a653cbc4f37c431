// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/verdict.h"

#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "test/simulation/small_model/device.h"
#include "test/simulation/small_model/platform.h"
#include "test/simulation/small_model/words.h"

namespace watchglass::small_model {
namespace {

constexpr int most_rounds = 24;

bool in_order(const Chain& chain) {
    Identity newest = 0;
    for (int place = 1; place <= chain.size(); ++place) {
        const Identity reading = chain.at(place);
        if (reading == nothing) continue;
        if (reading <= newest) return false;
        newest = reading;
    }
    return true;
}

/// A reading that a power cut took from memory is covered by a gap of its own: one that stands behind older readings and
/// before newer ones.
bool covered(const Database& database, Identity reading) {
    for (const StreamRow& row : database.streams) {
        for (int gap = 1; gap <= row.chain.size(); ++gap) {
            bool covers = row.chain.at(gap) == nothing;
            for (int place = 1; place <= row.chain.size() && covers; ++place) {
                const Identity other = row.chain.at(place);
                if (other != nothing) covers = place < gap ? other < reading : other > reading;
            }
            if (covers) return true;
        }
    }
    return false;
}

bool waits(const Device& device) {
    if (std::memcmp(&device.disk, &device.memory, sizeof(Journal)) != 0) return true;
    return std::any_of(device.memory.streams.begin(), device.memory.streams.end(), [](const Stream& stream) {
        return stream.fork == Fork::asking || stream.stored < stream.places.size();
    });
}

/// A device and the platform with nobody between them.
class Conversation {
public:
    Conversation(const Rules& rules, State& state, std::vector<std::string>* story)
        : rules_(rules), state_(state), story_(story) {}

    void finish_transactions() {
        for (Ingest& process : state_.ingest) {
            if (process.phase == Phase::holding) commit(rules_, state_, process, Outcome::known);
            if (process.phase == Phase::to_tell) tell(rules_, state_, process);
        }
        state_.down = Messages{};
    }

    void round(Device& device) {
        sync(rules_, state_, device);
        for (int epoch = 1; epoch <= state_.epochs; ++epoch) {
            if (const Stream* stream = device.memory.find(epoch)) say(device, hello_of(device, *stream));
            sync(rules_, state_, device);
            send_all(device, epoch);
        }
        sync(rules_, state_, device);
    }

private:
    void send_all(Device& device, int epoch) {
        while (const Stream* stream = device.memory.find(epoch)) {
            const auto frames = sendable(rules_, state_, device, *stream);
            if (frames.empty()) return;
            const int before = stream->stored;
            say(device, frames.front());
            stream = device.memory.find(epoch);
            if (stream == nullptr || stream->stored <= before) return;
        }
    }

    void say(Device& device, const Message& message) {
        const std::optional<State> before = story_ != nullptr ? std::optional(state_) : std::nullopt;
        if (message.kind != Kind::hello) send(rules_, state_, device, message);
        state_.up = Messages{};
        Ingest& process = state_.ingest[0];
        take(rules_, state_, process, message);
        if (process.phase == Phase::holding) commit(rules_, state_, process, Outcome::known);
        if (process.phase == Phase::to_tell) tell(rules_, state_, process);
        const Messages answers = state_.down;
        state_.down = Messages{};
        for (const Message& answer : answers) hear(rules_, state_, device, answer);
        if (!before || state_ == *before) return;
        const auto name = &device - state_.devices.data() + 1;
        story_->push_back(fmt::format("device {}: {}", name, in_words(message)));
        for (const Message& answer : answers) story_->push_back("  answer: " + in_words(answer));
    }

    const Rules& rules_;
    State& state_;
    std::vector<std::string>* story_;
};

}  // namespace

const char* in_words(Harm harm) {
    switch (harm) {
        case lost: return "lost";
        case duplicated: return "duplicated";
        case discarded: return "discarded";
        case out_of_order: return "out of order";
        case wrong_latest: return "wrong latest";
        case sent_again: return "sent again";
        case false_alarm: return "false alarm";
        case false_gap: return "false gap";
        case false_doubt: return "false doubt";
        case stuck: return "stuck";
        case harm_count: break;
    }
    return "";
}

Harms harms_now(const Rules& rules, const State& state) {
    const Database& database = state.database;
    const int missing = database.declared();
    Harms harms = 0;
    int newest = 0;
    for (Identity reading = 1; reading <= state.made; ++reading) {
        if (database.copies[static_cast<std::size_t>(reading)] > 1) harms |= harm_bit(duplicated);
        if (database.holds(reading)) newest = reading;
        const bool doubted = database.flagged[static_cast<std::size_t>(reading)] > 0;
        if (doubted && rules.configuration.kept_chains == Chain::most) harms |= harm_bit(false_doubt);
        if ((missing & bit(reading)) != 0 && database.holds(reading)) harms |= harm_bit(false_gap);
    }
    if (database.latest != newest) harms |= harm_bit(wrong_latest);
    for (const StreamRow& row : database.streams) {
        if (!in_order(row.chain)) harms |= harm_bit(out_of_order);
    }
    if (state.resent != 0) harms |= harm_bit(sent_again);
    const bool copied = state.left(Fault::clone) < rules.configuration.clones ||
                        state.left(Fault::rollback) < rules.configuration.rollbacks;
    if (state.alarmed != 0 && !copied) harms |= harm_bit(false_alarm);
    return harms;
}

State settled(const Rules& given, State state, int first, std::vector<std::string>* story) {
    Rules rules = given;
    rules.configuration.orderly = false;  // how often a place goes again is no question here
    state.up = Messages{};
    state.down = Messages{};
    state.faults_left = {};
    Conversation conversation(rules, state, story);
    conversation.finish_transactions();
    for (int round = 0; round < most_rounds; ++round) {
        const State before = state;
        for (int turn = 0; turn < most_devices; ++turn) {
            Device& device = state.devices[static_cast<std::size_t>((first + turn) % most_devices)];
            if (device.present) conversation.round(device);
        }
        if (state == before) break;
    }
    return state;
}

Harms harms_at_rest(const Rules& rules, const State& state) {
    Harms harms = harms_now(rules, state) & ~harm_bit(sent_again);
    const int spoken_for = (state.excused | state.database.declared()) & ~state.given_up;
    for (Identity reading = 1; reading <= state.made; ++reading) {
        const bool owed = (state.synced & bit(reading)) != 0 && (spoken_for & bit(reading)) == 0;
        if (!owed || state.database.holds(reading)) continue;
        harms |= harm_bit((state.discarded & bit(reading)) != 0 ? discarded : lost);
    }
    for (Identity reading = 1; reading <= state.made && rules.configuration.unclean_gap; ++reading) {
        const bool from_memory = (state.cut_off & bit(reading)) != 0 && !state.database.holds(reading);
        if (from_memory && !covered(state.database, reading)) harms |= harm_bit(lost);
    }
    for (const Device& device : state.devices) {
        if (device.present && waits(device)) harms |= harm_bit(stuck);
    }
    return harms;
}

}  // namespace watchglass::small_model
