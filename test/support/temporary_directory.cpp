// SPDX-License-Identifier: Apache-2.0
#include "test/support/temporary_directory.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

#include <stdlib.h>
#include <sys/stat.h>

namespace watchglass::test {
namespace {

/// $TMPDIR, unless that is so long that a socket below it could not be bound.
std::string base() {
    const char* const chosen = std::getenv("TMPDIR");
    constexpr std::size_t longest = 40;
    if (chosen == nullptr || *chosen == '\0' || std::string(chosen).size() > longest) return "/tmp";
    return chosen;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    std::string name = base() + "/wg-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a temporary directory in " + base());
    ::chmod(name.c_str(), 0755);
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace watchglass::test
