// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "device-sdk/src/journal/journal_survey.h"
#include "test/unit/device-sdk/journal_instrument.h"

namespace watchglass::device::test {

/// Of every file on the disk. `whole`: nothing is missing that was not dropped.
inline JournalSurvey survey_of(FakeDisk& disk, bool whole = true) {
    std::vector<SegmentSurvey> segments;
    for (const std::string& name : disk.names()) segments.push_back(survey_segment(name, disk.bytes(name)));
    return survey_journal(std::move(segments), whole);
}

/// All its findings, a line each.
inline std::string told(const JournalSurvey& survey) {
    std::string all;
    for (const SegmentSurvey& segment : survey.segments) {
        for (const Finding& finding : segment.findings) all += finding.text + "\n";
    }
    for (const Finding& finding : survey.findings) all += finding.text + "\n";
    return all;
}

}  // namespace watchglass::device::test
