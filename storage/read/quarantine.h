// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/read/scope.h"

namespace watchglass::storage {

struct QuarantineItem {
    std::int64_t id = 0;
    std::optional<DeviceId> device;
    std::string topic;
    std::optional<StreamId> stream;
    std::optional<StreamSeq> seq;
    WallTime received;
    std::string code;
    std::string detail;
    std::string state;      ///< open, replay_requested, replayed
    std::int64_t size = 0;  ///< of the message, bytes
    Bytes bytes;            ///< only from show_quarantined()
};

struct QuarantinePage {
    std::vector<QuarantineItem> items;  ///< newest first
    std::optional<std::string> next;
};

Result<QuarantinePage> list_quarantined(UnitOfWork& unit, const std::optional<DeviceId>& device,
                                        const Page& page);
Result<std::optional<QuarantineItem>> show_quarantined(UnitOfWork& unit, std::int64_t id);

}  // namespace watchglass::storage
