// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/frame.h"

namespace watchglass {

std::string_view to_text(EventKind kind) {
    switch (kind) {
        case EventKind::raised: return "raised";
        case EventKind::changed: return "changed";
        case EventKind::cleared: return "cleared";
        case EventKind::state: return "state";
    }
    return "unknown";
}

std::string_view to_text(Severity severity) {
    switch (severity) {
        case Severity::info: return "info";
        case Severity::warning: return "warning";
        case Severity::alarm: return "alarm";
    }
    return "unknown";
}

std::string_view to_text(GapCause cause) {
    switch (cause) {
        case GapCause::journal_full: return "journal_full";
        case GapCause::journal_damaged: return "journal_damaged";
        case GapCause::unclean_boot: return "unclean_boot";
        case GapCause::refused_by_policy: return "refused_by_policy";
        case GapCause::transferred: return "transferred";
    }
    return "unknown";
}

std::string_view to_text(StoredWhy why) {
    switch (why) {
        case StoredWhy::progress: return "progress";
        case StoredWhy::hello: return "hello";
        case StoredWhy::hole: return "hole";
        case StoredWhy::fork: return "fork";
    }
    return "unknown";
}

}  // namespace watchglass
