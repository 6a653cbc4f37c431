// SPDX-License-Identifier: Apache-2.0
#include "bench/fleet/backlog.h"

#include <cmath>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "device-sdk/src/journal/journal.h"
#include "libs/security/digest.h"
#include "schemas/codec/body.h"

namespace watchglass::bench {
namespace {

/// All values of a backlog are multiples of the finest resolution in the dictionary.
constexpr double steps_a_unit = 1e7;

std::int64_t steps(double value) { return std::llround(value * steps_a_unit); }

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Readings that wander, some of them in every frame of the outage.
class Wandering {
public:
    Wandering(const Outage& outage, const Dictionary& dictionary, std::uint64_t seed)
        : outage_(outage), dictionary_(dictionary), random_(seed) {}

    /// `at`: of the frame's end.
    Body frame(int number, WallTime at, Microseconds monotonic, BootId boot) {
        Body body;
        body.dictionary = dictionary_.name;
        body.dictionary_version = dictionary_.version;
        body.boot = boot;
        body.monotonic = monotonic;
        body.wall = at;
        body.clock_quality = ClockQuality::synchronized;
        const Microseconds span = outage_.frame_every;
        const auto more = static_cast<std::uint64_t>(outage_.changes_most - outage_.changes_least + 1);
        const int count = outage_.changes_least + static_cast<int>(random_() % more);
        body.changes.push_back({backlog_serial, at + -span, number * 1e-4});
        for (int i = 1; i < count; ++i) {
            const auto& parameter = dictionary_.parameters[random_() % 4];  // vibration, current, pressure
            const auto thousandths = static_cast<double>(random_() % 1000);
            body.changes.push_back({parameter.number, at + (-span + span * i / count),
                                    parameter.resolution.round(thousandths * 1e-4)});
        }
        return body;
    }

private:
    const Outage& outage_;
    const Dictionary& dictionary_;
    std::mt19937_64 random_;
};

std::string digest_line(const Body& body, int number) {
    std::int64_t sum = 0;
    std::int64_t place = 0;
    for (const Change& change : body.changes) sum += ++place * steps(std::get<double>(change.value));
    return fmt::format("{}:{}:{};", number, body.changes.front().at.us, sum);
}

}  // namespace

std::uint64_t fleet_journal_bytes(Lane lane) { return lane == Lane::events ? 1u << 20 : 16u << 20; }
std::uint32_t fleet_segment_bytes(Lane) { return 128u << 10; }

std::string backlog_query(const std::string& devices) {
    return fmt::format(
        "SELECT device_id, count(*), sum(changes), encode(sha256(convert_to(string_agg(format('%s:%s:%s;', "
        "serial, device_us, total), '' ORDER BY serial, device_us), 'UTF8')), 'hex') FROM ("
        " SELECT d.device_id, round(f.numbers[1] * 10000)::bigint AS serial, f.device_us,"
        "  cardinality(f.numbers) AS changes,"
        "  (SELECT sum(v.place * round(v.number * {:.0f})::bigint)"
        "     FROM unnest(f.numbers) WITH ORDINALITY AS v(number, place)) AS total"
        " FROM watchglass.frames f JOIN watchglass.devices d USING (tenant, device)"
        " WHERE f.parameters[1] = {} AND d.device_id IN ({})) AS kept GROUP BY device_id",
        steps_a_unit, backlog_serial.value(), devices);
}

Backlog write_backlog(const Outage& outage, FleetPlatform& platform, const std::filesystem::path& directory,
                      const Dictionary& dictionary, BootId boot, std::uint64_t seed) {
    ShiftedClock then{FleetPlatform::up_for};
    device::JournalSettings settings;
    settings.lane = Lane::telemetry;
    settings.bytes_most = fleet_journal_bytes(Lane::telemetry);
    settings.segment_bytes = fleet_segment_bytes(Lane::telemetry);

    const auto disk = must(platform.open_disk(directory));
    then.set_ago(outage.length);
    const auto journal = must(device::Journal::open(settings, *disk, platform.entropy(), then));
    Wandering readings{outage, dictionary, seed};
    security::Sha256Stream digest;
    Backlog backlog;
    for (int number = 1; number <= outage.frames(); ++number) {
        then.set_ago(outage.length - number * outage.frame_every);
        const Body body = readings.frame(number, then.wall(), then.steady() - SteadyTime{}, boot);
        const auto bytes = must(codec::encode_body(body, dictionary));
        must(journal->append(bytes, static_cast<std::uint32_t>(body.changes.size())));
        if (number % 8 == 0) must(journal->sync());
        const auto line = digest_line(body, number);
        digest.update({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
        ++backlog.frames;
        backlog.changes += body.changes.size();
        backlog.body_bytes += bytes.size();
    }
    must(journal->close());
    if (journal->dropped_places() > 0) throw std::runtime_error("the journal is too small for this outage");
    const auto sum = digest.finish();
    backlog.digest = to_hex(sum);
    return backlog;
}

}  // namespace watchglass::bench
