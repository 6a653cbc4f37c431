// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/check.h"

#include <algorithm>

namespace watchglass::simulation {
namespace {

std::string name_of(const StreamId& stream) {
    return fmt::format("{} {:016x}", to_text(stream.lane), stream.epoch.value());
}

}  // namespace

void Check::everything() {
    for (Identity& identity : scenario_.identities_) {
        Of of{.identity = identity,
              .owner = {TenantNumber{1}, DeviceNumber{identity.number}},
              .stored = {},
              .known = {}};
        rows(of);
        continuity(of);
        nothing_lost(of);
        nothing_doubled(of);
        latest(of);
        forks_are_told(of);
    }
    nothing_sent_in_vain();
}

void Check::rows(Of& of) {
    std::map<StreamId, ReadingId> before;
    for (const auto& [key, row] : scenario_.database_.tables.rows) {
        if (key.first.device != of.owner) continue;
        this->row(of, key, row);
        const Durable* place = of.identity.ledger.find(key.first.stream, key.second, row.chain);
        if (row.kind != Tables::Kind::frame || place == nullptr || place->snapshot) continue;
        for (const ReadingId id : row.readings) {
            ReadingId& last = before[key.first.stream];
            if (id <= last && id / 1'000'000 == last / 1'000'000) {
                violation("{}: reading {} is stored after {}", name_of(key.first.stream), id, last);
            }
            last = id;
        }
    }
}

void Check::row(Of& of, const Tables::RowKey& key, const Tables::Row& row) {
    const StreamId& stream = key.first.stream;
    if (row.kind == Tables::Kind::gap) return gap(of, key, row);
    const Durable* place = of.identity.ledger.find(stream, key.second, row.chain);
    if (place == nullptr) {
        return violation("{}: frame {} is stored, and was never durable", name_of(stream),
                         key.second.value());
    }
    of.known.insert(place->readings.begin(), place->readings.end());
    if (row.kind != Tables::Kind::frame) return;
    if (row.readings != place->readings)
        violation("{}: frame {} is stored otherwise", name_of(stream), key.second.value());
    const bool reason = of.identity.doubles + of.identity.damage + of.identity.disk_faults > 0;
    if (row.possible_repeat && !reason) {
        violation("{}: frame {} is called a possible repeat, and nothing could have made it one",
                  name_of(stream), key.second.value());
    }
    if (place->snapshot || row.possible_repeat) return;
    for (const ReadingId id : row.readings) ++of.stored[id];
}

/// A gap has a cause that happened, and stands for nothing that is still there.
void Check::gap(const Of& of, const Tables::RowKey& key, const Tables::Row& row) {
    const StreamId& stream = key.first.stream;
    const Identity& identity = of.identity;
    const auto places = [&](const auto& wanted) {
        return std::any_of(identity.ledger.places().begin(), identity.ledger.places().end(),
                           [&](const Durable& place) {
                               return place.stream == stream && place.seq >= key.second &&
                                      place.last <= row.through && wanted(place);
                           });
    };
    const bool removed = places([](const Durable& place) { return place.removed; });
    const bool intact = places([](const Durable& place) {
        return !place.gap && place.holders > 0 && !place.removed && !place.rotten;
    });
    bool happened = false;
    switch (*row.cause) {
        // Damage may have taken the word that the last run closed in order.
        case GapCause::unclean_boot: happened = identity.unclean_ends > 0 || identity.damage > 0; break;
        case GapCause::journal_full: happened = removed || identity.disk_faults > 0; break;
        case GapCause::journal_damaged:
            happened = identity.damage > 0 || (removed && scenario_.restored_) || identity.disk_faults > 0;
            break;
        case GapCause::refused_by_policy:
        case GapCause::transferred: break;
    }
    // A gap that stood in a journal itself takes no place from anybody, whatever a clone wrote there.
    const Durable* recorded = identity.ledger.find(stream, key.second, row.chain);
    const bool excuse = recorded != nullptr && recorded->gap;
    if (!happened || (intact && !excuse)) {
        violation("{}: gap {}..{} ({}) is declared without reason", name_of(stream), key.second.value(),
                  row.through.value(), to_text(*row.cause));
    }
}

void Check::continuity(const Of& of) {
    std::map<StreamId, std::uint64_t> through;
    for (const auto& [key, row] : scenario_.database_.tables.rows) {
        if (key.first.device != of.owner) continue;
        std::uint64_t& last = through[key.first.stream];
        if (key.second.value() != last + 1) {
            violation("{}: {} follows {}", name_of(key.first.stream), key.second.value(), last);
        }
        last = row.through.value();
    }
    for (const auto& [stream, position] : scenario_.database_.tables.streams) {
        if (stream.device == of.owner && position.stored_through.value() != through[stream.stream]) {
            violation("{}: the rows end at {}, the stream at {}", name_of(stream.stream),
                      through[stream.stream], position.stored_through.value());
        }
    }
}

/// Something stands for this place in the tables: itself, a gap, or its readings under another name.
bool Check::covered(const Of& of, const Durable& place) const {
    const auto& rows = scenario_.database_.tables.rows;
    const ingest::StreamKey key{of.owner, place.stream};
    auto row = rows.upper_bound({key, place.seq});
    if (row != rows.begin()) {
        --row;
        const bool here = row->first.first == key && row->second.through >= place.seq;
        if (here && (row->second.kind == Tables::Kind::gap || row->second.chain == place.chain)) return true;
        if (here && place.gap) return true;
    }
    // A gap of a forked epoch goes into another with the frames around it; it has nothing to know it by.
    if (place.gap) return of.identity.doubles > 0;
    return std::all_of(place.readings.begin(), place.readings.end(),
                       [&](ReadingId id) { return of.known.contains(id); });
}

bool Check::excused(const Of& of, const Durable& place) const {
    if (place.holders <= 0) return true;
    if (scenario_.restored_ && place.removed) return true;
    if (!place.rotten) return false;
    // Damage at the very end cannot be told from a torn tail: the gap of the unclean boot stands for it.
    const auto& rows = scenario_.database_.tables.rows;
    return std::any_of(rows.begin(), rows.end(), [&](const auto& entry) {
        return entry.first.first == ingest::StreamKey{of.owner, place.stream} &&
               entry.first.second <= place.seq && entry.second.kind == Tables::Kind::gap &&
               entry.second.cause != GapCause::journal_full;
    });
}

void Check::nothing_lost(const Of& of) {
    int told = 0;
    for (const Durable& place : of.identity.ledger.places()) {
        if (covered(of, place) || excused(of, place)) continue;
        if (++told > 5) return;
        violation("{}: {} {} was durable and is LOST (readings {}..)", name_of(place.stream),
                  place.gap ? "gap" : "frame", place.seq.value(),
                  place.readings.empty() ? 0 : place.readings.front());
    }
}

void Check::nothing_doubled(const Of& of) {
    int told = 0;
    for (const auto& [id, times] : of.stored) {
        if (times < 2) continue;
        if (++told > 5) return;
        violation("{}: reading {} is stored {} times: DOUBLED", of.identity.id.text(), id, times);
    }
}

/// By the platform's rule: within a stream the later place, across streams the later time.
void Check::latest(const Of& of) {
    if (of.identity.clock_disturbed || scenario_.machines_.size() > scenario_.plan_.devices) return;
    std::map<StreamId, const Tables::Row*> last;
    for (const auto& [key, row] : scenario_.database_.tables.rows) {
        const bool telemetry = key.first.stream.lane == Lane::telemetry;
        if (key.first.device != of.owner || !telemetry || row.readings.empty()) continue;
        last[key.first.stream] = &row;
    }
    const Tables::Row* shown = nullptr;
    ReadingId newest = 0;
    for (const auto& [stream, row] : last) {
        if (shown == nullptr || row->last_observed > shown->last_observed) shown = row;
        newest = std::max(newest, row->readings.back());
    }
    if (shown != nullptr && shown->readings.back() != newest) {
        violation("{}: latest shows {}, and {} was observed later", of.identity.id.text(),
                  shown->readings.back(), newest);
    }
}

/// The alarm that names a clone is stored like any other.
void Check::forks_are_told(const Of& of) {
    if (of.identity.forks_found == 0) return;
    const auto& rows = scenario_.database_.tables.rows;
    const bool told = std::any_of(rows.begin(), rows.end(), [&](const auto& entry) {
        return entry.first.first.device == of.owner && entry.second.fork_alarm;
    });
    if (!told) violation("{}: a fork was found, and no alarm tells of it", of.identity.id.text());
}

/// Where nothing went wrong, nothing is sent twice.
void Check::nothing_sent_in_vain() {
    if (scenario_.plan_.profile != Profile::quiet) return;
    std::uint64_t sent = 0;
    std::uint64_t places = 0;
    for (const auto& machine : scenario_.machines_) sent += machine->sent();
    for (const Identity& identity : scenario_.identities_) places += identity.ledger.places().size();
    if (sent > places) violation("{} frames were sent {} times, although nothing went wrong", places, sent);
}

}  // namespace watchglass::simulation
