// SPDX-License-Identifier: Apache-2.0
#include "test/support/listening_sockets.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace watchglass::test {

namespace {

std::set<std::string> socket_inodes(int pid) {
    std::set<std::string> inodes;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid), ignored)) {
        const auto target = std::filesystem::read_symlink(entry.path(), ignored).string();
        if (target.starts_with("socket:[")) inodes.insert(target.substr(8, target.size() - 9));
    }
    return inodes;
}

/// 127.0.0.0/8 and ::1, as /proc/net writes them.
bool is_loopback(const std::string& address) {
    return (address.size() == 8 && address.ends_with("7F")) || address == "00000000000000000000000001000000";
}

}  // namespace

std::vector<ListeningSocket> listening_sockets(int pid) {
    constexpr auto listening = "0A";
    const auto inodes = socket_inodes(pid);
    std::vector<ListeningSocket> sockets;
    for (const auto* table : {"tcp", "tcp6"}) {
        std::ifstream in(fmt::format("/proc/{}/net/{}", pid, table));
        std::string line;
        std::getline(in, line);
        while (std::getline(in, line)) {
            std::istringstream columns(line);
            std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
            columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
                inode;
            if (state != listening || !inodes.contains(inode)) continue;
            const auto colon = local.find(':');
            const auto port = static_cast<std::uint16_t>(std::stoul(local.substr(colon + 1), nullptr, 16));
            sockets.push_back({port, is_loopback(local.substr(0, colon))});
        }
    }
    return sockets;
}

}  // namespace watchglass::test
