// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/machine_parts.h"

#include <algorithm>

#include "libs/foundation/failure.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::simulation {
namespace {

class SameAgain final : public Rng {
public:
    void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0x5a}); }
};

class SimPlatform final : public device::Platform {
public:
    SimPlatform(World& world, const MachineClock& clock, Rng& entropy, std::string name,
                std::function<void(std::string_view)> heard)
        : world_(world), clock_(clock), entropy_(entropy), name_(std::move(name)), heard_(std::move(heard)) {}

    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] ClockQuality clock_quality() const override {
        return clock_.error() == Microseconds{0} ? ClockQuality::synchronized : ClockQuality::unknown;
    }
    [[nodiscard]] Rng& entropy() override { return entropy_; }
    Result<std::unique_ptr<device::Disk>> open_disk(const std::filesystem::path&) override {
        return failed(Failure{codes::not_found, Next::give_up, "The simulation hands the disk over.", {}});
    }
    void log(log::Level level, std::string_view event, std::string_view message) override {
        heard_(event);
        if (level >= log::Level::warning) world_.note("{}: {}: {}", name_, event, message);
    }

private:
    World& world_;
    const MachineClock& clock_;
    Rng& entropy_;
    std::string name_;
    std::function<void(std::string_view)> heard_;
};

}  // namespace

std::unique_ptr<Rng> make_entropy(std::uint64_t seed, int machine, Mutant mutant) {
    if (mutant == Mutant::constant_epoch) return std::make_unique<SameAgain>();
    return std::make_unique<Dice>(seed, "entropy", static_cast<std::uint64_t>(machine));
}

std::unique_ptr<device::Platform> make_platform(World& world, const MachineClock& clock, Rng& entropy,
                                                std::string name,
                                                std::function<void(std::string_view)> heard) {
    return std::make_unique<SimPlatform>(world, clock, entropy, std::move(name), std::move(heard));
}

mqtt::Message flagged(const mqtt::Message& message) {
    auto envelope = codec::decode_envelope(message.payload);
    if (!envelope || std::holds_alternative<Gap>(envelope->content)) return message;
    envelope->possible_repeat = true;
    return {message.topic, *codec::encode_envelope(*envelope), message.qos, message.retain};
}

std::string in_words(const mqtt::Message& message) {
    const auto parsed = topics::parse(message.topic);
    if (!parsed) return "resync";
    std::string text;
    const auto name = [](const StreamId& id) {
        return fmt::format("{} {:04x}", id.lane == Lane::events ? "e" : "t", id.epoch.value() >> 48);
    };
    if (parsed->channel == topics::Channel::up_hello) {
        const auto hello = codec::decode_hello(message.payload);
        text = fmt::format("Hello (history {})", hello->history);
        for (const HelloStream& s : hello->streams) {
            text +=
                fmt::format(", {}: {}.. of {}", name(s.stream), s.first_unstored.value(), s.next.value() - 1);
            for (const watchglass::Place& probe : s.probes) text += fmt::format(" {}?", probe.seq.value());
        }
    } else if (parsed->channel == topics::Channel::down_stored) {
        const auto stored = codec::decode_stored(message.payload);
        text = fmt::format("Stored (history {})", stored->history);
        for (const StoredStream& s : stored->streams) {
            text += fmt::format(", {}: {} ({})", name(s.stream), s.stored_through.value(), to_text(s.why));
            if (s.round > 0)
                text += fmt::format(" agrees at {}, differs at {}", s.agreed.value(), s.differs.value());
        }
    } else if (const auto envelope = codec::decode_envelope(message.payload)) {
        const auto* gap = std::get_if<Gap>(&envelope->content);
        text = fmt::format("{}: {} {}{}", name(envelope->stream), gap != nullptr ? "gap" : "frame",
                           envelope->seq.value(), envelope->possible_repeat ? ", perhaps again" : "");
    } else {
        text = "status";
    }
    return text;
}

mqtt::Message progress_as_hole(const mqtt::Message& message) {
    auto stored = codec::decode_stored(message.payload);
    if (!stored) return message;
    for (StoredStream& stream : stored->streams) {
        if (stream.why == StoredWhy::progress) stream.why = StoredWhy::hole;
    }
    return {message.topic, *codec::encode_stored(*stored), message.qos, message.retain};
}

}  // namespace watchglass::simulation
