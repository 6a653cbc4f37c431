// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/steps.h"

#include <cstring>

#include <fmt/format.h>

#include "test/simulation/small_model/device.h"
#include "test/simulation/small_model/platform.h"
#include "test/simulation/small_model/words.h"

namespace watchglass::small_model {

bool operator==(const State& a, const State& b) { return std::memcmp(&a, &b, sizeof(State)) == 0; }

namespace {

bool same(const Journal& a, const Journal& b) { return std::memcmp(&a, &b, sizeof(Journal)) == 0; }

bool holds_anything(const Journal& journal) { return journal.streams[0].epoch != 0; }

/// Collects what may follow one state.
class Walk {
public:
    Walk(const Rules& rules, const State& from, bool with_words, std::vector<Step>& steps)
        : rules_(rules), from_(from), with_words_(with_words), steps_(steps) {}

    void everything() {
        for (std::size_t d = 0; d < most_devices; ++d) {
            if (from_.devices[d].present) device(d);
        }
        for (int p = 0; p < rules_.configuration.processes; ++p) process(static_cast<std::size_t>(p));
        broker();
        database();
    }

private:
    /// `change` is done to a copy of the state; steps that change nothing lead nowhere.
    template <class Change, class... Numbers>
    void may(Change change, fmt::format_string<const Numbers&...> words, const Numbers&... numbers) {
        Step& step = steps_.emplace_back(Step{from_, {}});
        change(step.after);
        if (step.after == from_) {
            steps_.pop_back();
        } else if (with_words_) {
            step.words = fmt::format(words, numbers...);
        }
    }
    template <class Change, class... Numbers>
    void may_fail(Fault fault, Change change, fmt::format_string<const Numbers&...> words,
                  const Numbers&... numbers) {
        if (from_.left(fault) == 0) return;
        may(
            [&](State& state) {
                --state.left(fault);
                change(state);
            },
            words, numbers...);
    }

    /// A change of a device that syncs at once, where the configuration leaves crashes to others.
    template <class Change>
    auto by(std::size_t d, Change change) {
        return [this, d, change](State& state) {
            change(state);
            if (rules_.configuration.syncs_at_once) sync(rules_, state, state.devices[d]);
        };
    }

    void device(std::size_t d) {
        const Device& device = from_.devices[d];
        const int name = static_cast<int>(d) + 1;
        if (from_.made < rules_.configuration.readings) {
            may(by(d, [&](State& s) { append(s, s.devices[d]); }), "device {} appends reading {}", name,
                from_.made + 1);
        }
        if (!same(device.disk, device.memory)) {
            may([&](State& s) { sync(rules_, s, s.devices[d]); }, "device {} syncs its journal", name);
        }
        for (const Stream& stream : device.memory.streams) {
            if (stream.epoch != 0) talk(d, stream);
        }
        for (const Message& stored : from_.down) {
            may(by(d, [&](State& s) { hear(rules_, s, s.devices[d], stored); }), "device {} hears {}", name,
                in_words_if_asked(stored));
        }
        device_faults(d);
    }

    void talk(std::size_t d, const Stream& stream) {
        const int name = static_cast<int>(d) + 1;
        for (const Message& message : sendable(rules_, from_, from_.devices[d], stream)) {
            may([&](State& s) { send(rules_, s, s.devices[d], message); }, "device {} sends {}", name,
                in_words_if_asked(message));
        }
        const Message question = hello_of(from_.devices[d], stream);
        if (std::find(from_.up.begin(), from_.up.end(), question) != from_.up.end()) return;
        may_fail(
            Fault::hello, [&](State& s) { s.up.put(question); }, "device {} says {}", name,
            in_words_if_asked(question));
    }

    void device_faults(std::size_t d) {
        const Device& device = from_.devices[d];
        const int name = static_cast<int>(d) + 1;
        may_fail(
            Fault::crash, [&](State& s) { power_cut(rules_, s, s.devices[d]); },
            "device {} loses power and starts again", name);
        may_fail(
            Fault::wipe, [&](State& s) { wipe_disk(rules_, s, s.devices[d]); },
            "the disk of device {} is replaced by an empty one", name);
        may_fail(Fault::seal, by(d, [&](State& s) { seal(s, s.devices[d]); }),
                 "device {} seals its live epoch and begins another", name);
        may_fail(
            Fault::image, [&](State& s) { s.image = s.devices[d].disk; },
            "somebody keeps an image of the disk of device {}", name);
        if (holds_anything(from_.image)) {
            may_fail(
                Fault::rollback, [&](State& s) { put_back(rules_, s, s.devices[d], s.image); },
                "device {} is rolled back to the image", name);
        }
        const Device& second = from_.devices[1];
        if (second.present) return;
        may_fail(
            Fault::clone, [&](State& s) { put_back(rules_, s, s.devices[1], device.disk); },
            "a second device starts from a copy of the disk of device {}", name);
        if (!holds_anything(from_.image)) return;
        may_fail(
            Fault::clone, [&](State& s) { put_back(rules_, s, s.devices[1], s.image); },
            "a second device starts from the image");
    }

    void process(std::size_t p) {
        const Ingest& process = from_.ingest[p];
        const int name = static_cast<int>(p) + 1;
        if (process.phase == Phase::idle) {
            for (const Message& message : from_.up) {
                may(
                    [&](State& s) {
                        if (rules_.configuration.orderly) s.up.remove_first();
                        take(rules_, s, s.ingest[p], message);
                    },
                    "ingest {} takes {}", name, in_words_if_asked(message));
                if (rules_.configuration.orderly) break;
            }
        }
        if (process.phase == Phase::holding) {
            const auto end = [&](Outcome outcome) {
                return [this, p, outcome](State& s) { commit(rules_, s, s.ingest[p], outcome); };
            };
            may(end(Outcome::known), "ingest {} commits", name);
            may_fail(Fault::unknown_outcome, end(Outcome::unknown_yes),
                     "ingest {} loses the database during COMMIT, which happened", name);
            may_fail(Fault::unknown_outcome, end(Outcome::unknown_no),
                     "ingest {} loses the database during COMMIT, which did not happen", name);
        }
        if (process.phase == Phase::to_tell) {
            may([&](State& s) { tell(rules_, s, s.ingest[p]); }, "ingest {} says Stored", name);
        }
        may_fail(
            Fault::ingest_kill, [&](State& s) { kill(s.ingest[p]); }, "ingest {} is killed and started again",
            name);
    }

    void broker() {
        may_fail(
            Fault::broker_kill,
            [](State& s) {
                s.up = Messages{};
                s.down = Messages{};
            },
            "the broker is killed and comes back empty");
    }

    void database() {
        may_fail(
            Fault::backup,
            [](State& s) {
                s.kept_backup = s.database;
                s.has_backup = 1;
            },
            "the database is backed up");
        if (!from_.has_backup) return;
        may_fail(
            Fault::restore, [&](State& s) { restore(rules_, s); },
            "the database is lost and restored from the backup");
    }

    std::string in_words_if_asked(const Message& message) const {
        return with_words_ ? in_words(message) : std::string{};
    }

    const Rules& rules_;
    const State& from_;
    bool with_words_;
    std::vector<Step>& steps_;
};

}  // namespace

State beginning(const Rules& rules) {
    const Configuration& c = rules.configuration;
    State state;
    open_first_epoch(state, state.devices[0]);
    const auto allow = [&](Fault fault, int often) { state.left(fault) = small(often); };
    allow(Fault::crash, c.crashes);
    allow(Fault::wipe, c.wipes);
    allow(Fault::image, c.images);
    allow(Fault::rollback, c.rollbacks);
    allow(Fault::clone, c.clones);
    allow(Fault::seal, c.seals);
    allow(Fault::hello, c.hellos);
    allow(Fault::ingest_kill, c.ingest_kills);
    allow(Fault::broker_kill, c.broker_kills);
    allow(Fault::unknown_outcome, c.unknown_outcomes);
    allow(Fault::backup, c.backups);
    allow(Fault::restore, c.restores);
    return state;
}

void steps_from(const Rules& rules, const State& state, bool with_words, std::vector<Step>& steps) {
    steps.clear();
    Walk(rules, state, with_words, steps).everything();
}

void canonicalize(State& state) {
    const auto sort = [](auto& pair) {
        if (std::memcmp(&pair[0], &pair[1], sizeof(pair[0])) < 0) std::swap(pair[0], pair[1]);
    };
    sort(state.ingest);
    if (state.devices[1].present) sort(state.devices);
}

}  // namespace watchglass::small_model
