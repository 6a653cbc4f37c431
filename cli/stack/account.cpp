// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/account.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/stack/codes.h"

namespace watchglass::cli {

namespace {

Failure io_failure(const std::filesystem::path& path) {
    return Failure{watchglass::codes::io_error, Next::tell_operator,
                   fmt::format("{}: {}", path.string(), std::strerror(errno)), ""};
}

bool may_enter(const Account& account, const struct stat& directory) {
    if (directory.st_uid == account.uid) return (directory.st_mode & S_IXUSR) != 0;
    if (directory.st_gid == account.gid) return (directory.st_mode & S_IXGRP) != 0;
    return (directory.st_mode & S_IXOTH) != 0;
}

}  // namespace

Result<Account> stack_account() {
    const bool root = ::geteuid() == 0;
    const passwd* entry = root ? ::getpwnam("postgres") : ::getpwuid(::geteuid());
    if (entry == nullptr) {
        if (root) return failed(Failure{codes::no_account, Next::tell_operator, "", ""});
        return Account{::geteuid(), ::getegid(), std::to_string(::geteuid()), false};
    }
    return Account{entry->pw_uid, entry->pw_gid, entry->pw_name, root};
}

Result<void> make_directory_for(const Account& account, const std::filesystem::path& directory, mode_t mode) {
    std::error_code problem;
    std::filesystem::create_directories(directory, problem);
    if (problem) {
        return failed(Failure{watchglass::codes::io_error, Next::tell_operator,
                              fmt::format("{}: {}", directory.string(), problem.message()), ""});
    }
    if (account.must_drop && ::chown(directory.c_str(), account.uid, account.gid) != 0) {
        return failed(io_failure(directory));
    }
    if (::chmod(directory.c_str(), mode) != 0) return failed(io_failure(directory));
    return {};
}

Result<void> hand_over(const Account& account, const std::filesystem::path& path) {
    if (!account.must_drop) return {};
    if (::lchown(path.c_str(), account.uid, account.gid) != 0) return failed(io_failure(path));
    if (!std::filesystem::is_directory(std::filesystem::symlink_status(path))) return {};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (::lchown(entry.path().c_str(), account.uid, account.gid) != 0)
            return failed(io_failure(entry.path()));
    }
    return {};
}

Result<void> check_reachable(const Account& account, const std::filesystem::path& directory) {
    if (!account.must_drop) return {};
    for (auto parent = directory; parent != parent.root_path(); parent = parent.parent_path()) {
        struct stat found {};
        if (::stat(parent.c_str(), &found) != 0) return failed(io_failure(parent));
        if (may_enter(account, found)) continue;
        return failed(Failure{codes::directory_unreachable, Next::give_up,
                              fmt::format("{} may not enter {}", account.name, parent.string()), ""});
    }
    return {};
}

}  // namespace watchglass::cli
