// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "device-sdk/agent/source.h"

namespace watchglass::agent {

/// Takes one JSON object a line from other programs of this machine, over a Unix socket (mode 0660):
///
///     {"parameter": "block_temperature", "value": 94.98}
///     {"parameter": "run_state", "value": "cycling", "at": "2026-11-20T20:26:01Z"}
///     {"alarm": "lid_open", "text": "The lid is open."}        {"alarm": "lid_open", "clear": true}
///
/// Each line is answered: {"ok":true}, or {"error":CODE,"detail":TEXT} and the line is not recorded. Enumerations are
/// given by label or index. Up to 64 clients at a time; one that leaves its answers unread is not read either, and closed
/// after ten seconds.
class LinesSource final : public Source {
public:
    explicit LinesSource(std::filesystem::path socket) : socket_(std::move(socket)) {}
    Result<void> run(device::Device& device, const StopSign& stop) override;

private:
    std::filesystem::path socket_;
};

/// What one line asks for, done. json.malformed, json.unexpected, or why the device refused.
Result<void> take_line(std::string_view line, device::Device& device);

}  // namespace watchglass::agent
