// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/dictionary.h"

#include <algorithm>

namespace watchglass {

const ParameterDefinition* Dictionary::search(ParameterNumber number) const {
    const auto found =
        std::lower_bound(parameters.begin(), parameters.end(), number,
                         [](const ParameterDefinition& p, ParameterNumber n) { return p.number < n; });
    return found != parameters.end() && found->number == number ? &*found : nullptr;
}

const ParameterDefinition* Dictionary::find(std::string_view parameter) const {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const ParameterDefinition& p) { return p.name == parameter; });
    return found != parameters.end() ? &*found : nullptr;
}

const AlarmDefinition* Dictionary::find_alarm(std::string_view alarm) const {
    const auto found =
        std::find_if(alarms.begin(), alarms.end(), [&](const AlarmDefinition& a) { return a.name == alarm; });
    return found != alarms.end() ? &*found : nullptr;
}

std::string_view to_text(ParameterType type) {
    switch (type) {
        case ParameterType::number: return "number";
        case ParameterType::integer: return "integer";
        case ParameterType::boolean: return "boolean";
        case ParameterType::enumeration: return "enumeration";
        case ParameterType::text: return "text";
    }
    return "unknown";
}

std::string_view to_text(DataClass data_class) {
    switch (data_class) {
        case DataClass::machine: return "machine";
        case DataClass::contact: return "contact";
        case DataClass::sample: return "sample";
        case DataClass::free_text: return "free_text";
    }
    return "unknown";
}

}  // namespace watchglass
