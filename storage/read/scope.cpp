// SPDX-License-Identifier: Apache-2.0
#include "storage/read/scope.h"

#include <string>

namespace watchglass::storage {

Result<UnitOfWork> begin_read(Connection& connection, const ReadScope& scope) {
    auto unit = UnitOfWork::begin(connection, Access::read_only);
    if (!unit) return unit;
    // What a reader asks is answered sooner than it would be compiled.
    if (auto interpreted = unit->connection().run_script("SET LOCAL jit = off"); !interpreted)
        return failed(interpreted);
    if (auto narrowed = narrow_to(*unit, scope); !narrowed) return failed(narrowed);
    return unit;
}

Result<void> narrow_to(UnitOfWork& unit, const ReadScope& scope) {
    if (!scope.tenant) return {};
    return unit.connection().run_script("SET LOCAL ROLE wg_reader; SET LOCAL watchglass.tenant = '" +
                                        std::to_string(scope.tenant->value()) + "'");
}

}  // namespace watchglass::storage
