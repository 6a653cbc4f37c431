// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace watchglass::small_model {

/// 128 bits of a state. Two different states with the same ones would need some 10^19 states.
struct Fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

template <class State>
Fingerprint fingerprint(const State& state) {
    static_assert(std::has_unique_object_representations_v<State> && sizeof(State) % 4 == 0);
    Fingerprint print{0x9e3779b97f4a7c15U, 0xc2b2ae3d27d4eb4fU};
    const auto* bytes = reinterpret_cast<const unsigned char*>(&state);
    for (std::size_t at = 0; at < sizeof(State); at += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes + at, 4);
        if (word == 0) continue;  // most are
        const std::uint64_t placed = word | static_cast<std::uint64_t>(at) << 32;
        print.low = (print.low ^ placed) * 0xff51afd7ed558ccdU;
        print.low ^= print.low >> 32;
        print.high = (print.high + placed) * 0x9fb21c651e98df25U;
        print.high ^= print.high >> 29;
    }
    return print;
}

/// Every state ever seen, by its fingerprint, numbered in the order of being seen.
class Seen {
public:
    /// The state's number, or nothing when it was seen before.
    std::optional<std::uint32_t> add(const Fingerprint& print, std::uint32_t from) {
        if (prints_.size() * 2 >= slots_.size()) grow();
        std::uint32_t& slot = slots_[slot_of(print)];
        if (slot != 0) return std::nullopt;
        prints_.push_back(print);
        from_.push_back(from);
        slot = static_cast<std::uint32_t>(prints_.size());
        return slot - 1;
    }
    [[nodiscard]] std::size_t size() const { return prints_.size(); }
    [[nodiscard]] const Fingerprint& print(std::uint32_t number) const { return prints_[number]; }
    /// The numbers from the first state to this one.
    [[nodiscard]] std::vector<std::uint32_t> path_to(std::uint32_t number) const {
        std::vector<std::uint32_t> path{number};
        while (from_[path.back()] != path.back()) path.push_back(from_[path.back()]);
        return {path.rbegin(), path.rend()};
    }

private:
    [[nodiscard]] std::size_t slot_of(const Fingerprint& print) const {
        std::size_t at = static_cast<std::size_t>(print.low) & (slots_.size() - 1);
        while (slots_[at] != 0 && prints_[slots_[at] - 1] != print) at = (at + 1) & (slots_.size() - 1);
        return at;
    }
    void grow() {
        slots_.assign(std::max<std::size_t>(1024, slots_.size() * 2), 0);
        for (std::size_t i = 0; i < prints_.size(); ++i) {
            slots_[slot_of(prints_[i])] = static_cast<std::uint32_t>(i + 1);
        }
    }
    std::vector<Fingerprint> prints_;
    std::vector<std::uint32_t> from_;
    std::vector<std::uint32_t> slots_;
};

/// States that wait to be expanded, without their zeros: (place, word) pairs of what is not zero.
template <class State>
class Waiting {
public:
    void push(std::uint32_t number, const State& state) {
        numbers_.push_back(number);
        const auto* bytes = reinterpret_cast<const unsigned char*>(&state);
        for (std::size_t at = 0; at < sizeof(State); at += 4) {
            std::uint32_t word = 0;
            std::memcpy(&word, bytes + at, 4);
            if (word == 0) continue;
            places_.push_back(static_cast<std::uint16_t>(at));
            words_.push_back(word);
        }
        ends_.push_back(words_.size());
    }
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }
    [[nodiscard]] std::uint32_t number(std::size_t i) const { return numbers_[i]; }
    void unpack(std::size_t i, State& state) const {
        auto* bytes = reinterpret_cast<unsigned char*>(&state);
        std::memset(bytes, 0, sizeof(State));
        for (std::size_t at = i == 0 ? 0 : ends_[i - 1]; at < ends_[i]; ++at) {
            std::memcpy(bytes + places_[at], &words_[at], 4);
        }
    }

private:
    std::vector<std::uint32_t> numbers_;
    std::vector<std::size_t> ends_;
    std::vector<std::uint16_t> places_;
    std::vector<std::uint32_t> words_;
};

struct Explored {
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    int depth = 0;
    bool complete = true;  ///< false: the limit was reached first
};

/// Breadth first from the first state, so that the first state with some property is reached by a shortest history.
///
/// Model: `State first()`, `successors(const State&)`, a range of steps whose `after` are canonical states, and
/// `bool visit(const State&, std::uint32_t number)`, called once for each state in the order of depth;
/// false: nothing is looked for behind it.
template <class Model>
Explored explore(Model& model, Seen& seen, std::uint64_t limit) {
    using State = typename Model::State;
    Explored result;
    Waiting<State> layer;
    State state = model.first();
    seen.add(fingerprint(state), 0);
    if (model.visit(state, 0)) layer.push(0, state);

    while (layer.size() > 0) {
        Waiting<State> below;
        for (std::size_t i = 0; i < layer.size(); ++i) {
            layer.unpack(i, state);
            for (const auto& step : model.successors(state)) {
                ++result.transitions;
                const auto number = seen.add(fingerprint(step.after), layer.number(i));
                if (number && model.visit(step.after, *number)) below.push(*number, step.after);
            }
            if (seen.size() >= limit) {
                result.complete = false;
                break;
            }
        }
        if (!result.complete) break;
        layer = std::move(below);
        if (layer.size() > 0) ++result.depth;
    }
    result.states = seen.size();
    return result;
}

}  // namespace watchglass::small_model
