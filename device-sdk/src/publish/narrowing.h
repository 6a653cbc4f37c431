// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "schemas/values/identifiers.h"

namespace watchglass::device {

/// The search for the last place that our history of an epoch and the platform's have in common. Chains make it short:
/// where they agree everything before agrees, where they differ everything after differs. Pure.
class Narrowing {
public:
    /// `common` agrees; from `foreign` on nothing of ours is stored on the platform.
    /// Rounds count up from `first_round`, a random number other than 0: clones share a name, so that one hears the
    /// answers to what the other asked, and takes nothing from them.
    Narrowing(StreamSeq common, StreamSeq foreign, std::uint32_t first_round)
        : common_(common), foreign_(foreign), round_(first_round) {}

    /// Where to ask in this round, rising, at most limits::probes places.
    [[nodiscard]] std::vector<StreamSeq> places() const;
    [[nodiscard]] std::uint32_t round() const { return round_; }
    /// The answer to a round (0: none agreed, none differed). One to another round is somebody else's, or late.
    void answer(std::uint32_t round, StreamSeq agreed, StreamSeq differs);
    /// We cannot tell our own chain anywhere between: nothing can be asked.
    void give_up() { exhausted_ = true; }

    /// Nothing is left between, or nobody knows more about what is.
    [[nodiscard]] bool done() const { return exhausted_ || foreign_.value() <= common_.value() + 1; }
    [[nodiscard]] StreamSeq common() const { return common_; }
    [[nodiscard]] StreamSeq foreign() const { return foreign_; }

private:
    StreamSeq common_;
    StreamSeq foreign_;
    std::uint32_t round_;
    bool exhausted_ = false;
};

}  // namespace watchglass::device
