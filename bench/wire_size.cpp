// SPDX-License-Identifier: Apache-2.0
// Bytes a sample on the wire and processor time to encode and decode it, for a pump test bench's readings: the file
// that WATCHGLASS_REPLAY_CSV names (semicolons, a timestamp, eight channels), or seeded readings of that form.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "bench/report.h"
#include "schemas/codec/body.h"
#include "schemas/codec/envelope.h"
#include <watchglass/dictionaries/pump_test_bench.h>

using namespace watchglass;

namespace {

constexpr std::size_t channels = 8;
using Row = std::array<double, channels>;

std::vector<Row> read_rows(const char* path) {
    std::vector<Row> rows;
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);  // the names
    while (std::getline(file, line)) {
        std::istringstream cells{line};
        std::string cell;
        std::getline(cells, cell, ';');
        Row row{};
        for (double& value : row) {
            std::getline(cells, cell, ';');
            value = std::strtod(cell.c_str(), nullptr);
        }
        rows.push_back(row);
    }
    return rows;
}

/// Readings that wander like the bench's: mean and spread of each channel.
std::vector<Row> seeded_rows(const Dictionary& dictionary) {
    constexpr Row mean{0.0264, 0.0405, 1.3, 0.05, 77, 26, 230, 32};
    constexpr Row spread{0.0004, 0.0006, 0.3, 0.25, 0.1, 0.005, 12, 0.4};
    std::mt19937_64 random{2020};
    std::normal_distribution<double> noise;
    std::vector<Row> rows(1200);
    for (Row& row : rows) {
        for (std::size_t c = 0; c < channels; ++c) {
            row[c] = dictionary.parameters[c].resolution.round(mean[c] + spread[c] * noise(random));
        }
    }
    return rows;
}

/// Changed readings, one row a second, as bodies of `a_frame` changes.
std::vector<Body> bodies_of(const std::vector<Row>& rows, const Dictionary& dictionary, std::size_t a_frame) {
    std::vector<Body> bodies;
    Row before;
    before.fill(std::nan(""));
    WallTime at{1'583'748'873'000'000};
    for (const Row& row : rows) {
        for (std::size_t c = 0; c < channels; ++c) {
            if (row[c] == before[c]) continue;
            if (bodies.empty() || bodies.back().changes.size() == a_frame) {
                bodies.push_back({});
                Body& body = bodies.back();
                body.dictionary = dictionary.name;
                body.dictionary_version = dictionary.version;
                body.boot = BootId{0x123456789abcdef0};
                body.monotonic = Microseconds{86'400'000'000};
                body.wall = at + Microseconds{4'321'098};
                body.clock_quality = ClockQuality::synchronized;
            }
            bodies.back().changes.push_back({dictionary.parameters[c].number, at, row[c]});
        }
        before = row;
        at = at + Microseconds{1'000'000};
    }
    return bodies;
}

struct Sizes {
    std::vector<Bytes> bodies;
    std::size_t body_bytes = 0;
    std::size_t envelope_bytes = 0;
    std::size_t samples = 0;
};

Sizes encode_all(const std::vector<Body>& bodies, const Dictionary& dictionary) {
    Sizes sizes;
    StreamSeq seq{1000};
    for (const Body& body : bodies) {
        sizes.bodies.push_back(codec::encode_body(body, dictionary).value());
        seq = after(seq);
        const Envelope envelope{
            1, {Lane::telemetry, Epoch{0xfedcba9876543210}}, seq, {}, sizes.bodies.back()};
        sizes.body_bytes += sizes.bodies.back().size();
        sizes.envelope_bytes += codec::encode_envelope(envelope).value().size();
        sizes.samples += body.changes.size();
    }
    return sizes;
}

double decode_ns_a_sample(const Sizes& sizes, const Dictionary& dictionary, int rounds) {
    codec::BodyDecoder decoder;
    codec::DecodedColumns columns;
    const bench::Stopwatch watch;
    for (int round = 0; round < rounds; ++round) {
        for (const Bytes& body : sizes.bodies) {
            if (!decoder.open(body) || !decoder.read(dictionary, columns)) std::abort();
        }
    }
    return watch.seconds() * 1e9 / (static_cast<double>(sizes.samples) * rounds);
}

double encode_ns_a_sample(const std::vector<Body>& bodies, const Sizes& sizes, const Dictionary& dictionary,
                          int rounds) {
    const bench::Stopwatch watch;
    for (int round = 0; round < rounds; ++round) {
        for (const Body& body : bodies) {
            if (!codec::encode_body(body, dictionary)) std::abort();
        }
    }
    return watch.seconds() * 1e9 / (static_cast<double>(sizes.samples) * rounds);
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const Dictionary dictionary = to_dictionary(dictionaries::pump_test_bench::constants);
    const char* csv = std::getenv("WATCHGLASS_REPLAY_CSV");
    const auto rows = csv != nullptr ? read_rows(csv) : seeded_rows(dictionary);
    if (rows.empty()) {
        std::fprintf(stderr, "no readings in %s\n", csv);
        return 1;
    }
    for (const std::size_t a_frame : {std::size_t{20}, std::size_t{100}}) {
        const auto bodies = bodies_of(rows, dictionary, a_frame);
        const Sizes sizes = encode_all(bodies, dictionary);
        const auto each = [&](std::size_t bytes) {
            return static_cast<double>(bytes) / static_cast<double>(sizes.samples);
        };
        const std::string at = ".at_" + std::to_string(a_frame);  // changes a frame
        const int rounds = options.quick ? 10 : 200;
        bench::report("wire.body_bytes_per_sample" + at, each(sizes.body_bytes), "bytes");
        bench::report("wire.bytes_per_sample" + at, each(sizes.envelope_bytes), "bytes");
        bench::report("wire.encode_ns_per_sample" + at, encode_ns_a_sample(bodies, sizes, dictionary, rounds),
                      "ns");
        bench::report("wire.decode_ns_per_sample" + at, decode_ns_a_sample(sizes, dictionary, rounds), "ns");
    }
    return 0;
}
