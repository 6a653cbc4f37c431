// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/words.h"

#include <fmt/format.h>

namespace watchglass::small_model {
namespace {

const char* in_words(Why why) {
    switch (why) {
        case Why::progress: return "progress";
        case Why::hello: return "answer";
        case Why::hole: return "hole";
        case Why::fork: return "fork";
        case Why::none: break;
    }
    return "";
}

std::string stored_in_words(const Message& stored) {
    std::string text = fmt::format("Stored({}: epoch {} has {}, history {}", in_words(stored.why),
                                   stored.epoch, in_words(stored.chain), stored.history);
    if (stored.why == Why::hello) text += fmt::format("; agrees through {}", stored.agreed);
    if (stored.differs != 0) text += fmt::format(", differs from {}", stored.differs);
    return text + ")";
}

}  // namespace

std::string in_words(const Chain& chain) {
    std::string text = "[";
    for (int place = 1; place <= chain.size(); ++place) {
        if (place > 1) text += ' ';
        text += chain.at(place) == nothing ? "gap" : std::to_string(chain.at(place));
    }
    return text + "]";
}

std::string in_words(const Message& message) {
    switch (message.kind) {
        case Kind::frame: {
            const std::string reading = message.reading() == nothing
                                            ? "a gap of its own"
                                            : fmt::format("reading {}", message.reading());
            return fmt::format("frame {} of epoch {} ({} after {}{})", message.to(), message.epoch, reading,
                               in_words(message.chain.through(message.to() - 1)),
                               message.repeat ? ", possible repeat" : "");
        }
        case Kind::gap:
            return fmt::format("gap {}..{} of epoch {}", message.from, message.to(), message.epoch);
        case Kind::hello:
            return fmt::format("Hello(epoch {} is {}, told {} under history {})", message.epoch,
                               in_words(message.chain), message.from, message.history);
        case Kind::stored: return stored_in_words(message);
        case Kind::none: break;
    }
    return "nothing";
}

}  // namespace watchglass::small_model
