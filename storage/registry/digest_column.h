// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>

#include "libs/security/digest.h"
#include "storage/postgres/rows.h"

namespace watchglass::storage {

/// A bytea of 32 bytes; nothing for NULL.
inline std::optional<security::Sha256> digest_column(const Row& row, int column) {
    security::Sha256 digest{};
    if (row.is_null(column) || row.bytes(column).size() != digest.size()) return std::nullopt;
    std::copy_n(row.bytes(column).begin(), digest.size(), digest.begin());
    return digest;
}

}  // namespace watchglass::storage
