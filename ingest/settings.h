// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "ingest/housekeeping.h"
#include "libs/foundation/settings.h"

namespace watchglass::ingest {

/// What /etc/watchglass/ingestd.toml says; each setting is described in settings.cpp.
struct IngestSettings {
    std::string dsn;
    std::int64_t connections = 0;
    std::string broker_host;
    std::uint16_t broker_port = 0;
    std::filesystem::path broker_trust;
    std::filesystem::path broker_certificate;
    std::filesystem::path broker_key;
    std::string broker_client_id;
    std::size_t queue_messages = 0;
    std::size_t batch_frames = 0;
    std::size_t batch_samples = 0;
    std::filesystem::path http_socket;
    HousekeepingSettings housekeeping;
};

IngestSettings read_ingest_settings(SettingsReader& reader);

}  // namespace watchglass::ingest
