// SPDX-License-Identifier: Apache-2.0
// Bytes a sample on the wire and processor time to encode and decode it, for a pump test bench's readings: the file
// that WATCHGLASS_REPLAY_CSV names (semicolons, a timestamp, eight channels), or seeded readings of that form.
#include <cstdlib>
#include <string>

#include "bench/load/readings.h"
#include "bench/report.h"
#include "schemas/codec/body.h"
#include "schemas/codec/envelope.h"

using namespace watchglass;

namespace {

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
    const Dictionary dictionary = bench::pump_dictionary();
    const auto rows = bench::pump_rows(dictionary, 2020);
    for (const std::size_t a_frame : {std::size_t{20}, std::size_t{100}}) {
        const auto bodies =
            bench::pump_bodies(rows, dictionary, {.changes_a_frame = a_frame, .start = bench::skab_start});
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
