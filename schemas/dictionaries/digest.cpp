// SPDX-License-Identifier: Apache-2.0
#include "libs/security/digest.h"

#include <array>
#include <charconv>

#include "libs/foundation/bytes.h"
#include "schemas/dictionaries/dictionary_text.h"

namespace watchglass {
namespace {

/// The canonical form: `name=length:value` lines in a fixed order, so that no two dictionaries share one.
class CanonicalForm {
public:
    void add(std::string_view field, std::string_view value) {
        text_ += field;
        text_ += '=';
        text_ += std::to_string(value.size());
        text_ += ':';
        text_ += value;
        text_ += '\n';
    }
    void add(std::string_view field, std::int64_t value) { add(field, std::to_string(value)); }
    void add(std::string_view field, const std::optional<double>& value) {
        if (!value) return;
        // Shortest text that reads back as the same double: the same on every machine.
        std::array<char, 40> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *value).ptr;
        add(field, std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_ = "watchglass-dictionary 1\n";
};

void add(CanonicalForm& form, const ParameterDefinition& p) {
    form.add("parameter", std::int64_t{p.number.value()});
    form.add("name", p.name);
    form.add("description", p.description);
    form.add("unit", p.unit);
    form.add("type", to_text(p.type));
    form.add("resolution", p.resolution.text());
    form.add("deadband", std::optional{p.deadband});
    form.add("min_interval_ms", std::int64_t{p.min_interval.count()});
    form.add("max_interval_ms", std::int64_t{p.max_interval.count()});
    form.add("warning_low", p.limits.warning_low);
    form.add("warning_high", p.limits.warning_high);
    form.add("alarm_low", p.limits.alarm_low);
    form.add("alarm_high", p.limits.alarm_high);
    form.add("data_class", to_text(p.data_class));
    for (const std::string& label : p.labels) form.add("label", label);
}

}  // namespace

DictionaryDigest dictionary_digest(const Dictionary& dictionary) {
    CanonicalForm form;
    form.add("name", dictionary.name);
    form.add("version", std::int64_t{dictionary.version});
    form.add("description", dictionary.description);
    for (const ParameterDefinition& parameter : dictionary.parameters) add(form, parameter);
    for (const AlarmDefinition& alarm : dictionary.alarms) {
        form.add("alarm", std::int64_t{alarm.number});
        form.add("name", alarm.name);
        form.add("description", alarm.description);
    }
    return to_hex(security::sha256(as_bytes(form.text())));
}

}  // namespace watchglass
