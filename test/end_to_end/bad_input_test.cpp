// SPDX-License-Identifier: Apache-2.0
// What an instrument sends wrongly is refused or kept aside with a reason; the stream and everything else go on.
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "test/support/running_stack.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

Dictionary centrifuge() {
    ParameterDefinition speed;
    speed.number = ParameterNumber{1};
    speed.name = "speed";
    speed.unit = "1/min";
    speed.type = ParameterType::number;
    Dictionary dictionary;
    dictionary.name = "centrifuge";
    dictionary.version = 1;
    dictionary.parameters = {speed};
    return dictionary;
}

constexpr const char* centrifuge_text = R"(
name: "centrifuge"
version: 1
description: "A centrifuge that nobody told the platform about at first."
parameter {
  number: 1
  name: "speed"
  description: "Speed of the rotor."
  unit: "1/min"
  type: number
  resolution: "1"
  data_class: machine
}
)";

/// An instrument that says whatever it is told to, through a stock MQTT client.
class RawInstrument {
public:
    RawInstrument(const RunningStack& stack, const std::string& serial)
        : stack_(stack),
          directory_(stack.scratch() / serial),
          device_(stack.enroll(directory_, serial, "host")) {}

    [[nodiscard]] const std::string& device() const { return device_; }

    void send(ByteSpan payload) const {
        const auto file = directory_ / "payload";
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(payload.data()),
                   static_cast<std::streamsize>(payload.size()));
        SpawnOptions options;
        options.argv = {"mosquitto_pub",
                        "-V",
                        "mqttv5",
                        "-h",
                        "localhost",
                        "-p",
                        std::to_string(stack_.description().port),
                        "--cafile",
                        stack_.description().trust_bundle.string(),
                        "--cert",
                        (directory_ / "identity/chain.pem").string(),
                        "--key",
                        (directory_ / "identity/key.pem").string(),
                        "--tls-alpn",
                        "mqtt",
                        "-i",
                        device_,
                        "-q",
                        "1",
                        "-t",
                        fmt::format("wg/v1/{}/{}/up/telemetry", device_.front(), device_),
                        "-f",
                        file.string()};
        const auto finished = run_program(std::move(options), 30s);
        REQUIRE(finished);
        INFO(finished->err);
        REQUIRE(finished->status.success());
    }

    /// The next frame of the instrument's stream, with this body.
    void send_body(const Bytes& body) {
        Envelope envelope;
        envelope.stream = {Lane::telemetry, Epoch{77}};
        envelope.seq = StreamSeq{++seq_};
        envelope.prev_chain = chain_;
        envelope.content = body;
        chain_ = codec::next_chain(chain_, envelope.stream, envelope.seq, body);
        const auto bytes = codec::encode_envelope(envelope);
        REQUIRE(bytes);
        send(*bytes);
    }

    void send_speed(double value, WallTime at, ClockQuality quality = ClockQuality::synchronized) {
        Body body;
        body.dictionary = "centrifuge";
        body.dictionary_version = 1;
        body.boot = BootId{5};
        body.wall = at;
        body.clock_quality = quality;
        body.changes = {{ParameterNumber{1}, at, value}};
        const auto bytes = codec::encode_body(body, centrifuge());
        REQUIRE(bytes);
        send_body(*bytes);
    }

    [[nodiscard]] bool stored_through(std::uint64_t seq) const {
        return eventually(20s, [&] {
            return stack_.sql_number(
                       fmt::format("SELECT coalesce(max(stored_through), 0) FROM watchglass.streams "
                                   "JOIN watchglass.devices USING (tenant, device) WHERE device_id = '{}'",
                                   device_)) == static_cast<std::int64_t>(seq);
        });
    }

private:
    const RunningStack& stack_;
    std::filesystem::path directory_;
    std::string device_;
    Chain chain_{};
    std::uint64_t seq_ = 0;
};

std::vector<std::string> speeds(const RunningStack& stack, const std::string& device) {
    return stack.sql(
        fmt::format("SELECT value FROM watchglass.telemetry('{}', 'speed', '2000-01-01Z', '2100-01-01Z') "
                    "ORDER BY t",
                    device));
}

std::vector<std::string> reasons(const RunningStack& stack) {
    return stack.sql("SELECT code FROM watchglass.quarantine ORDER BY 1");
}

}  // namespace

TEST_CASE("what cannot be read is kept with its reason, and the stream goes on", "[end_to_end][bad_input]") {
    const RunningStack stack;
    RawInstrument instrument(stack, "BAD-1");
    const WallTime noon{1'700'000'000'000'000};

    SECTION("bytes that are no frame at all") {
        instrument.send(as_bytes("this is not protobuf"));
        CHECK(eventually(20s, [&] { return reasons(stack) == std::vector<std::string>{"frame.malformed"}; }));
    }

    SECTION("a dictionary that is not installed: stored after all once it is") {
        instrument.send_speed(3000, noon);
        instrument.send_body({0xff, 0xff, 0xff});
        instrument.send_speed(3100, noon + 1s);
        REQUIRE(instrument.stored_through(3));
        CHECK(reasons(stack) == std::vector<std::string>{"frame.malformed", "frame.unknown_dictionary",
                                                         "frame.unknown_dictionary"});
        CHECK(speeds(stack, instrument.device()).empty());

        const auto file = stack.scratch() / "centrifuge.textproto";
        std::ofstream(file) << centrifuge_text;
        const auto added = stack.cli({"dictionary", "add", file.string()});
        INFO(added.err);
        REQUIRE(added.status.success());
        const auto kept = stack.cli_json({"quarantine", "list"});
        for (const auto& entry : kept.items()) {
            if (entry.text_or("code", "") != "frame.unknown_dictionary") continue;
            const auto replayed = stack.cli({"quarantine", "replay", std::to_string(*entry.integer("id"))});
            INFO(replayed.err);
            CHECK(replayed.status.success());
        }
        CHECK(eventually(20s, [&] {
            return speeds(stack, instrument.device()) == std::vector<std::string>{"3000", "3100"};
        }));
    }

    SECTION("a clock at 1970 or 2106 is no reason to refuse") {
        const auto file = stack.scratch() / "centrifuge.textproto";
        std::ofstream(file) << centrifuge_text;
        REQUIRE(stack.cli({"dictionary", "add", file.string()}).status.success());
        instrument.send_speed(1, WallTime{5'000'000}, ClockQuality::unknown);
        instrument.send_speed(2, WallTime{4'291'747'200'000'000}, ClockQuality::set);
        instrument.send_speed(3, noon);
        REQUIRE(instrument.stored_through(3));
        CHECK(reasons(stack).empty());
        const auto rows =
            stack.sql(fmt::format("SELECT value, device_t, abs(extract(epoch FROM now() - t)) < 600 FROM "
                                  "watchglass.telemetry('{}', 'speed', "
                                  "'2000-01-01Z', '2100-01-01Z') ORDER BY value",
                                  instrument.device()));
        CHECK(rows == std::vector<std::string>{"1|1970-01-01 00:00:05+00|t", "2|2106-01-01 00:00:00+00|t",
                                               "3|2023-11-14 22:13:20+00|f"});
    }

    SECTION("a parameter that the dictionary does not know is never stored as a value") {
        const auto file = stack.scratch() / "centrifuge.textproto";
        std::ofstream(file) << centrifuge_text;
        REQUIRE(stack.cli({"dictionary", "add", file.string()}).status.success());
        auto larger = centrifuge();
        larger.parameters.push_back(larger.parameters.front());
        larger.parameters.back().number = ParameterNumber{2};
        larger.parameters.back().name = "operator_name";
        Body body;
        body.dictionary = "centrifuge";
        body.dictionary_version = 1;
        body.wall = noon;
        body.changes = {{ParameterNumber{1}, noon, 10.0}, {ParameterNumber{2}, noon, 20.0}};
        instrument.send_body(*codec::encode_body(body, larger));
        REQUIRE(instrument.stored_through(1));
        CHECK(reasons(stack) == std::vector<std::string>{"frame.unknown_parameter"});
        CHECK(speeds(stack, instrument.device()).empty());
    }
}

}  // namespace watchglass::test
