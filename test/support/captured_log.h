// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/foundation/log.h"

namespace watchglass::test {

/// Log lines of this process go here instead of stderr while it lives: JSON, from level debug.
class CapturedLog {
public:
    CapturedLog() {
        log::start("test", log::Level::debug, log::Format::json);
        log::redirect([captured = captured_](std::string_view line) {
            const std::lock_guard lock(captured->mutex);
            captured->lines.emplace_back(line);
        });
    }
    ~CapturedLog() {
        log::redirect({});
        log::start("test");
    }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;

    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(captured_->mutex);
        return captured_->lines;
    }
    [[nodiscard]] bool contains(std::string_view text) const {
        for (const auto& line : lines()) {
            if (line.find(text) != std::string::npos) return true;
        }
        return false;
    }

private:
    struct Captured {
        std::mutex mutex;
        std::vector<std::string> lines;
    };
    std::shared_ptr<Captured> captured_ = std::make_shared<Captured>();
};

}  // namespace watchglass::test
