// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/support/running_stack.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

Finished run(std::vector<std::string> argv) {
    SpawnOptions options;
    options.argv = std::move(argv);
    auto finished = run_program(std::move(options), 30s);
    REQUIRE(finished);
    return std::move(*finished);
}

/// A stock MQTT client with an instrument's certificate; publishes one message by QoS 1 and tells how that went.
Finished publish(const RunningStack& stack, const std::filesystem::path& instrument, const std::string& alpn,
                 const std::string& client_id, const std::string& topic) {
    return run({"mosquitto_pub",
                "-V",
                "mqttv5",
                "-h",
                "localhost",
                "-p",
                std::to_string(stack.description().port),
                "--cafile",
                stack.description().trust_bundle.string(),
                "--cert",
                (instrument / "identity/chain.pem").string(),
                "--key",
                (instrument / "identity/key.pem").string(),
                "--tls-alpn",
                alpn,
                "-i",
                client_id,
                "-q",
                "1",
                "-t",
                topic,
                "-n",
                "-d"});
}

/// Which protocol answered: curl's status code and HTTP version.
std::string https(const RunningStack& stack, const std::vector<std::string>& options,
                  const std::string& path) {
    std::vector<std::string> argv{"curl",     "-s",
                                  "-o",       "/dev/null",
                                  "-w",       "%{http_code} %{http_version}",
                                  "--cacert", stack.description().trust_bundle.string()};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(fmt::format("https://localhost:{}{}", stack.description().port, path));
    return run(std::move(argv)).out;
}

}  // namespace

TEST_CASE("the one public port speaks MQTT or HTTPS as the client's ALPN asks", "[end_to_end][front_door]") {
    const RunningStack stack;
    const auto instrument = stack.scratch() / "instrument";
    const auto device = stack.enroll(instrument, "FD-1", "host");
    const auto own_topic = fmt::format("wg/v1/{}/{}/up/hello", device.front(), device);

    SECTION("both MQTT names reach the broker, end to end with the instrument's certificate") {
        for (const auto* alpn : {"mqtt", "x-amzn-mqtt-ca"}) {
            INFO(alpn);
            const auto finished = publish(stack, instrument, alpn, device, own_topic);
            INFO(finished.out << finished.err);
            CHECK(finished.status.success());
            CHECK_THAT(finished.out, Catch::Contains("PUBACK"));
        }
    }

    SECTION("HTTP names, and none, reach the services") {
        CHECK(https(stack, {"--http1.1"}, "/v1/endpoints") == "200 1.1");
        CHECK(https(stack, {"--http2"}, "/v1/endpoints") == "200 2");
        CHECK(https(stack, {"--no-alpn"}, "/v1/endpoints") == "200 1.1");
    }

    SECTION("another device's name and another device's topics are refused") {
        const std::string other = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
        CHECK_FALSE(publish(stack, instrument, "mqtt", other, own_topic).status.success());
        const auto foreign =
            publish(stack, instrument, "mqtt", device, fmt::format("wg/v1/a/{}/up/hello", other));
        // MQTT 5 reason 135: not authorized.
        CHECK_THAT(foreign.out + foreign.err, Catch::Contains("135") || Catch::Contains("ot authorized"));
    }

    SECTION("a client cannot claim a certificate by header") {
        CHECK(https(stack, {"-H", "x-client-cert: MIIB", "-H", "x-client-verify: 0"}, "/v1/devices")
                  .substr(0, 3) == "401");
    }

    SECTION("an operator's certificate opens the registry, an instrument's does not") {
        const auto& d = stack.description();
        CHECK(https(stack, {"--cert", d.operator_certificate.string(), "--key", d.operator_key.string()},
                    "/v1/devices")
                  .substr(0, 3) == "200");
        CHECK(https(stack,
                    {"--cert", (instrument / "identity/chain.pem").string(), "--key",
                     (instrument / "identity/key.pem").string()},
                    "/v1/devices")
                  .substr(0, 3) == "403");
    }

    SECTION("TLS 1.1 is not spoken") {
        CHECK(https(stack, {"--tls-max", "1.1"}, "/v1/endpoints").substr(0, 3) == "000");
    }
}

}  // namespace watchglass::test
