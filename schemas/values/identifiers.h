// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "libs/foundation/random.h"
#include "libs/foundation/result.h"
#include "libs/foundation/strong_id.h"

namespace watchglass {

inline constexpr std::size_t device_id_length = 26;
/// `^[a-z2-7]{26}$`, without allocating.
[[nodiscard]] bool is_device_id(std::string_view text);

/// Names one instrument for its whole life: 128 random bits in lower-case base32, `^[a-z2-7]{26}$`. It is the
/// certificate's CN, the MQTT client id and a topic level. A DeviceId that exists is well formed.
class DeviceId {
public:
    static Result<DeviceId> parse(std::string_view text);  ///< device.malformed_id
    static DeviceId random(Rng& rng);

    [[nodiscard]] const std::string& text() const { return text_; }
    /// The first letter: which of the 32 shards carries this device's frames.
    [[nodiscard]] char shard() const { return text_.front(); }

    friend auto operator<=>(const DeviceId&, const DeviceId&) = default;
    friend bool operator==(const DeviceId&, const DeviceId&) = default;

private:
    explicit DeviceId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// The 32 first letters a device id can have, in order.
inline constexpr std::string_view all_shards = "abcdefghijklmnopqrstuvwxyz234567";

using TenantNumber = StrongId<std::int32_t, struct TenantNumberTag>;  ///< tenants.tenant
using DeviceNumber =
    StrongId<std::int32_t, struct DeviceNumberTag>;  ///< devices.device: short key inside the database

/// One run of a journal: random, new at first boot, after journal loss, after a fork, after sealing.
using Epoch = StrongId<std::uint64_t, struct EpochTag>;
/// Position in a stream, from 1. 0 means "before the first".
using StreamSeq = StrongId<std::uint64_t, struct StreamSeqTag>;
[[nodiscard]] constexpr StreamSeq after(StreamSeq seq) { return StreamSeq{seq.value() + 1}; }
/// Of a position from 1 on.
[[nodiscard]] constexpr StreamSeq before(StreamSeq seq) { return StreamSeq{seq.value() - 1}; }
using BootId = StrongId<std::uint64_t, struct BootIdTag>;  ///< random, new at each start of the SDK
using ParameterNumber = StrongId<std::uint32_t, struct ParameterNumberTag>;  ///< within a dictionary, from 1

/// trunc128(SHA-256(prev_chain || lane, epoch, seq || body)); all zero before the first frame.
using Chain = std::array<std::uint8_t, 16>;

/// Each lane has its own journal and stream, so that an alarm never waits behind a backlog. Numbers are on the
/// wire, on disk and in the database.
enum class Lane : std::uint8_t { telemetry = 1, events = 2 };

[[nodiscard]] std::string_view to_text(Lane lane);

/// How far the device trusts its own wall clock. Numbers are on the wire and in the database.
enum class ClockQuality : std::uint8_t { unknown = 0, floor = 1, set = 2, synchronized = 3 };

[[nodiscard]] std::string_view to_text(ClockQuality quality);

/// A stream's name within one device.
struct StreamId {
    Lane lane = Lane::telemetry;
    Epoch epoch{};
    friend auto operator<=>(const StreamId&, const StreamId&) = default;
    friend bool operator==(const StreamId&, const StreamId&) = default;
};

}  // namespace watchglass

template <>
struct std::hash<watchglass::DeviceId> {
    std::size_t operator()(const watchglass::DeviceId& id) const noexcept {
        return std::hash<std::string>{}(id.text());
    }
};
