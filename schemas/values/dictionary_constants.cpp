// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/dictionary_constants.h"

namespace watchglass {

Dictionary to_dictionary(const DictionaryConstants& constants) {
    Dictionary dictionary{
        .name = std::string{constants.name},
        .version = constants.version,
        .description = std::string{constants.description},
        .parameters = {},
        .alarms = {},
    };
    for (const ParameterConstants& p : constants.parameters) {
        dictionary.parameters.push_back({
            .number = ParameterNumber{p.number},
            .name = std::string{p.name},
            .description = std::string{p.description},
            .unit = std::string{p.unit},
            .type = p.type,
            .resolution = p.resolution,
            .deadband = p.deadband,
            .min_interval = std::chrono::milliseconds{p.min_interval_ms},
            .max_interval = std::chrono::milliseconds{p.max_interval_ms},
            .limits = {p.warning_low, p.warning_high, p.alarm_low, p.alarm_high},
            .data_class = p.data_class,
            .labels = {p.labels.begin(), p.labels.end()},
        });
    }
    for (const AlarmConstants& a : constants.alarms) {
        dictionary.alarms.push_back({a.number, std::string{a.name}, std::string{a.description}});
    }
    return dictionary;
}

}  // namespace watchglass
