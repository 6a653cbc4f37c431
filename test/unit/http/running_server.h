// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "libs/foundation/metrics.h"
#include "libs/http/client.h"
#include "libs/http/server.h"
#include "test/support/temporary_directory.h"
#include "test/unit/http/raw_link.h"

namespace watchglass::test {

/// A server on a Unix socket of its own, and clients for it.
class RunningServer {
public:
    explicit RunningServer(http::Router router, http::ServerSettings settings = {})
        : server_(at_our_socket(std::move(settings)), std::move(router), metrics) {
        const auto started = server_.start();
        INFO((started ? "" : started.error().detail));
        REQUIRE(started);
    }

    [[nodiscard]] http::Client client() const { return http::Client{socket()}; }
    [[nodiscard]] RawLink link() const { return RawLink::to(socket()); }
    [[nodiscard]] std::filesystem::path socket() const { return directory_ / "http.sock"; }
    http::Server& server() { return server_; }

    metrics::Registry metrics;

private:
    http::ServerSettings at_our_socket(http::ServerSettings settings) const {
        settings.address = http::UnixSocketAddress{socket()};
        return settings;
    }

    TemporaryDirectory directory_;
    http::Server server_;
};

}  // namespace watchglass::test
