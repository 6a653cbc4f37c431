// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/publish/narrowing.h"

#include <algorithm>

#include "schemas/codec/limits.h"

namespace watchglass::device {

std::vector<StreamSeq> Narrowing::places() const {
    std::vector<StreamSeq> places;
    if (done()) return places;
    const std::uint64_t between = foreign_.value() - common_.value() - 1;
    const std::uint64_t count = std::min<std::uint64_t>(between, codec::limits::probes);
    for (std::uint64_t i = 1; i <= count; ++i) {
        // The last of them is the last place between: often enough everything of ours is stored.
        const std::uint64_t step = between / count * i + between % count * i / count;
        places.push_back(StreamSeq{common_.value() + step});
    }
    return places;
}

void Narrowing::answer(std::uint32_t round, StreamSeq agreed, StreamSeq differs) {
    if (round != round_) return;
    const StreamSeq common = std::max(common_, std::min(agreed, before(foreign_)));
    const StreamSeq foreign = differs > common ? std::min(foreign_, differs) : foreign_;
    const bool nearer = common != common_ || foreign != foreign_;
    common_ = common;
    foreign_ = foreign;
    ++round_;
    if (!nearer) exhausted_ = true;
}

}  // namespace watchglass::device
