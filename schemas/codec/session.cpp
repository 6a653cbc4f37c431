// SPDX-License-Identifier: Apache-2.0
#include "schemas/codec/session.h"

#include <limits>
#include <set>

#include "schemas/codec/limits.h"
#include "schemas/codec/protobuf_bytes.h"
#include "schemas/proto/session.pb.h"

namespace watchglass::codec {
namespace {

Result<void> check_stream_count(std::size_t n) {
    if (n > limits::streams) return refused(codes::too_many_streams, "It names " + std::to_string(n) + ".");
    return {};
}

template <class Message>
Result<StreamId> read_stream_id(const Message& in) {
    const auto lane = to_enumeration(in.lane(), Lane::telemetry, Lane::events, "lane");
    if (!lane) return failed(lane);
    return StreamId{*lane, Epoch{in.epoch()}};
}

Result<void> check_probe_count(std::size_t n) {
    if (n <= limits::probes) return {};
    return refused(codes::malformed, "It asks about " + std::to_string(n) + " places of a stream.");
}

Result<void> read_probes(const v1::HelloStream& in, std::vector<Place>& probes) {
    if (auto count = check_probe_count(static_cast<std::size_t>(in.probes_size())); !count) return count;
    for (const v1::Place& place : in.probes()) {
        const auto chain = to_chain(place.chain());
        if (!chain) return failed(chain);
        const StreamSeq seq{place.seq()};
        if (seq == StreamSeq{} || (!probes.empty() && seq <= probes.back().seq)) {
            return refused(codes::malformed, "The places it asks about are not in rising order.");
        }
        probes.push_back({seq, *chain});
    }
    return {};
}

Result<HelloStream> read_stream(const v1::HelloStream& in) {
    const auto id = read_stream_id(in);
    if (!id) return failed(id);
    const auto chain = to_chain(in.chain());
    if (!chain) return failed(chain);
    const auto told = in.told_chain().empty() ? Result<Chain>{Chain{}} : to_chain(in.told_chain());
    if (!told) return failed(told);
    HelloStream stream{*id,
                       StreamSeq{in.first_retained()},
                       StreamSeq{in.first_unstored()},
                       StreamSeq{in.next()},
                       *chain,
                       in.round(),
                       *told,
                       {}};
    if (auto probes = read_probes(in, stream.probes); !probes) return failed(std::move(probes));
    return stream;
}

Result<StoredStream> read_stream(const v1::StoredStream& in) {
    const auto id = read_stream_id(in);
    if (!id) return failed(id);
    const auto chain = to_chain(in.chain());
    if (!chain) return failed(chain);
    const auto why = to_enumeration(in.why(), StoredWhy::progress, StoredWhy::fork, "reason of a Stored");
    if (!why) return failed(why);
    return StoredStream{*id,
                        StreamSeq{in.stored_through()},
                        *chain,
                        *why,
                        in.round(),
                        StreamSeq{in.agreed()},
                        StreamSeq{in.differs()}};
}

/// The streams of a Hello or a Stored.
template <class Stream, class Message>
Result<std::vector<Stream>> read_streams(const Message& message) {
    if (auto count = check_stream_count(static_cast<std::size_t>(message.streams_size())); !count) {
        return failed(std::move(count));
    }
    std::vector<Stream> streams;
    streams.reserve(static_cast<std::size_t>(message.streams_size()));
    for (const auto& in : message.streams()) {
        const auto stream = read_stream(in);
        if (!stream) return failed(stream);
        streams.push_back(*stream);
    }
    std::set<StreamId> named;
    for (const Stream& stream : streams) {
        if (!named.insert(stream.stream).second) return refused(codes::malformed, "It names a stream twice.");
    }
    return streams;
}

template <class Stream, class Message>
void write_stream_head(const Stream& stream, Message& out) {
    out.set_lane(static_cast<std::uint32_t>(stream.stream.lane));
    out.set_epoch(stream.stream.epoch.value());
    out.set_chain(to_string(stream.chain));
}

Result<void> check_hello(const Hello& hello) {
    if (auto count = check_stream_count(hello.streams.size()); !count) return count;
    for (const HelloStream& stream : hello.streams) {
        if (auto count = check_probe_count(stream.probes.size()); !count) return count;
    }
    if (hello.monotonic.count() < 0) return refused(codes::malformed, "The monotonic time is negative.");
    if (auto wall = check_time(hello.wall); !wall) return wall;
    return check_text(hello.software, limits::name_bytes, "software name");
}

Result<void> check_status(const Status& status) {
    if (auto reason = check_text(status.reason, limits::reason_bytes, "reason"); !reason) return reason;
    return check_text(status.software, limits::name_bytes, "software name");
}

}  // namespace

Result<Bytes> encode_hello(const Hello& hello) {
    if (auto checked = check_hello(hello); !checked) return failed(std::move(checked));
    v1::Hello out;
    for (const HelloStream& stream : hello.streams) {
        auto& to = *out.add_streams();
        write_stream_head(stream, to);
        to.set_first_retained(stream.first_retained.value());
        to.set_first_unstored(stream.first_unstored.value());
        to.set_next(stream.next.value());
        to.set_round(stream.round);
        if (stream.told_chain != Chain{}) to.set_told_chain(to_string(stream.told_chain));
        for (const Place& place : stream.probes) {
            auto& probe = *to.add_probes();
            probe.set_seq(place.seq.value());
            probe.set_chain(to_string(place.chain));
        }
    }
    out.set_boot(hello.boot.value());
    out.set_monotonic_us(static_cast<std::uint64_t>(hello.monotonic.count()));
    out.set_wall_us(hello.wall.us);
    out.set_clock_quality(static_cast<std::uint32_t>(hello.clock_quality));
    out.set_software(hello.software);
    out.set_history(hello.history);
    return to_bytes(out, limits::session_bytes);
}

Result<Hello> decode_hello(ByteSpan bytes) {
    v1::Hello in;
    if (auto parsed = parse_bytes(bytes, limits::session_bytes, in); !parsed)
        return failed(std::move(parsed));
    auto streams = read_streams<HelloStream>(in);
    if (!streams) return failed(std::move(streams));
    const auto quality = to_enumeration(in.clock_quality(), ClockQuality::unknown, ClockQuality::synchronized,
                                        "clock quality");
    if (!quality) return failed(quality);
    if (in.monotonic_us() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refused(codes::malformed, "The monotonic time is too large.");
    }
    Hello hello{
        .streams = *std::move(streams),
        .boot = BootId{in.boot()},
        .monotonic = Microseconds{static_cast<std::int64_t>(in.monotonic_us())},
        .wall = {in.wall_us()},
        .clock_quality = *quality,
        .software = in.software(),
        .history = in.history(),
    };
    if (auto checked = check_hello(hello); !checked) return failed(std::move(checked));
    return hello;
}

Result<Bytes> encode_stored(const Stored& stored) {
    if (auto count = check_stream_count(stored.streams.size()); !count) return failed(std::move(count));
    if (auto time = check_time(stored.server_time); !time) return failed(std::move(time));
    v1::Stored out;
    for (const StoredStream& stream : stored.streams) {
        auto& to = *out.add_streams();
        write_stream_head(stream, to);
        to.set_stored_through(stream.stored_through.value());
        to.set_why(static_cast<std::uint32_t>(stream.why));
        to.set_round(stream.round);
        to.set_agreed(stream.agreed.value());
        to.set_differs(stream.differs.value());
    }
    out.set_history(stored.history);
    out.set_server_time_us(stored.server_time.us);
    out.set_asked(stored.asked);
    return to_bytes(out, limits::session_bytes);
}

Result<Stored> decode_stored(ByteSpan bytes) {
    v1::Stored in;
    if (auto parsed = parse_bytes(bytes, limits::session_bytes, in); !parsed)
        return failed(std::move(parsed));
    auto streams = read_streams<StoredStream>(in);
    if (!streams) return failed(std::move(streams));
    if (auto time = check_time({in.server_time_us()}); !time) return failed(std::move(time));
    return Stored{*std::move(streams), in.history(), {in.server_time_us()}, in.asked()};
}

Result<Bytes> encode_status(const Status& status) {
    if (auto checked = check_status(status); !checked) return failed(std::move(checked));
    v1::Status out;
    out.set_online(status.online);
    out.set_reason(status.reason);
    out.set_software(status.software);
    out.set_boot(status.boot.value());
    return to_bytes(out, limits::session_bytes);
}

Result<Status> decode_status(ByteSpan bytes) {
    v1::Status in;
    if (auto parsed = parse_bytes(bytes, limits::session_bytes, in); !parsed)
        return failed(std::move(parsed));
    Status status{in.online(), in.reason(), in.software(), BootId{in.boot()}};
    if (auto checked = check_status(status); !checked) return failed(std::move(checked));
    return status;
}

}  // namespace watchglass::codec
