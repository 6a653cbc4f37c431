// SPDX-License-Identifier: Apache-2.0
#include "test/integration/dashboards/statements.h"

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <stdexcept>

#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"
#include "libs/json/json.h"

namespace watchglass::test {
namespace {

/// A moment so many hours from now, as Grafana writes the ends of the chosen time.
std::string moment(std::int64_t hours) {
    return "'" + to_rfc3339(SystemClock{}.wall() + Microseconds{hours * 3'600'000'000}) + "'";
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

void add_panel(const json::Value& panel, const std::string& file, std::vector<Statement>& found) {
    const auto where = file + ": " + panel.text_or("title", "");
    if (const auto* targets = panel.find("targets"))
        for (const auto& target : targets->items())
            if (const auto sql = target.text_or("rawSql", ""); !sql.empty()) found.push_back({where, sql});
    if (const auto* inner = panel.find("panels"))
        for (const auto& each : inner->items()) add_panel(each, file, found);
}

}  // namespace

std::vector<Statement> dashboard_statements() {
    const char* const source = std::getenv("WATCHGLASS_SOURCE_DIR");
    if (source == nullptr) throw std::runtime_error("WATCHGLASS_SOURCE_DIR is not set");
    std::vector<Statement> found;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(source) + "/deploy/grafana/dashboards")) {
        const auto file = entry.path().filename().string();
        const auto dashboard = json::parse(read_file(entry.path()).value()).value();
        for (const auto& panel : dashboard.find("panels")->items()) add_panel(panel, file, found);
        for (const auto& variable : dashboard.find("templating")->find("list")->items())
            found.push_back(
                {file + ": variable " + variable.text_or("name", ""), variable.text_or("query", "")});
        for (const auto& annotation : dashboard.find("annotations")->find("list")->items())
            found.push_back({file + ": annotation " + annotation.text_or("name", ""),
                             annotation.find("target")->text_or("rawSql", "")});
    }
    return found;
}

std::string filled_in(const std::string& sql, const std::map<std::string, std::string>& variables) {
    const std::string from = moment(-24), to = moment(1);
    auto text = std::regex_replace(sql, std::regex{R"(\$__timeFilter\(([^)]*)\))"},
                                   std::string("$1 BETWEEN ") + from + " AND " + to);
    replace_all(text, "$__timeFrom()", from);
    replace_all(text, "$__timeTo()", to);
    replace_all(text, "$__interval", "1m");
    for (const auto& [name, value] : variables) {
        replace_all(text, "${" + name + ":sqlstring}", "'" + value + "'");
        replace_all(text, "${" + name + "}", value);
    }
    if (text.find('$') != std::string::npos) throw std::runtime_error("nobody fills this in: " + text);
    return text;
}

}  // namespace watchglass::test
