// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

/// What a dashboard asks PostgreSQL.
namespace watchglass::test {

struct Statement {
    std::string where;  ///< "fleet.json: In trouble now"
    std::string sql;    ///< as in the file, with Grafana's macros and variables
};

/// Every query of panels, variables and annotations of the dashboards in deploy/grafana.
std::vector<Statement> dashboard_statements();

/// As Grafana would send it: macros and `${name}` put in. Throws when a macro or variable stays that is not known.
std::string filled_in(const std::string& sql, const std::map<std::string, std::string>& variables);

}  // namespace watchglass::test
