// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "libs/foundation/result.h"

namespace watchglass::cli {

/// The operating-system account that a stack's programs run as: whoever starts the stack, or, started by root,
/// `postgres`: PostgreSQL refuses root, and nothing else of ours needs it.
struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;
    /// True when programs must change to this account when they start.
    bool must_drop = false;
};

Result<Account> stack_account();

/// Makes a directory (and its parents) and gives it to the account, with this mode.
Result<void> make_directory_for(const Account& account, const std::filesystem::path& directory, mode_t mode);

/// Gives a file or a tree to the account.
Result<void> hand_over(const Account& account, const std::filesystem::path& path);

/// Can the account enter the directory? Parents may forbid it (/root, encrypted homes).
Result<void> check_reachable(const Account& account, const std::filesystem::path& directory);

}  // namespace watchglass::cli
