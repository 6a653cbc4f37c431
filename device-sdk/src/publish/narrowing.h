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
    Narrowing(StreamSeq common, StreamSeq foreign) : common_(common), foreign_(foreign) {}

    /// Where to ask in this round, rising, at most limits::probes places.
    [[nodiscard]] std::vector<StreamSeq> places() const;
    [[nodiscard]] std::uint32_t round() const { return round_; }
    /// The answer to a round (0: none agreed, none differed). Late ones are true as well, but end no round.
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
    std::uint32_t round_ = 1;
    bool exhausted_ = false;
};

}  // namespace watchglass::device
