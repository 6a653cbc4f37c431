// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/meters.h"

namespace watchglass::ingest {

Meters::Meters(metrics::Registry& r)
    : messages(r.counter("watchglass_ingest_messages_total", "Messages taken from the broker.")),
      frames(r.counter("watchglass_ingest_frames_total", "Frames stored.")),
      samples(r.counter("watchglass_ingest_samples_total", "Changes in stored frames.")),
      gaps(r.counter("watchglass_ingest_gaps_total", "Declared gaps stored.")),
      events(r.counter("watchglass_ingest_events_total", "Events stored.")),
      batches(r.counter("watchglass_ingest_batches_total", "Transactions committed.")),
      repeats(r.counter("watchglass_ingest_repeats_total", "Frames that were stored before.")),
      holes(r.counter("watchglass_ingest_holes_total", "Frames that came before their predecessors.")),
      forks(r.counter("watchglass_ingest_forks_total", "Frames of another history of their stream.")),
      hellos(r.counter("watchglass_ingest_hellos_total", "Hello messages read.")),
      conflicts(r.counter("watchglass_ingest_conflicts_total", "Commits that another process was ahead of.")),
      restores(r.counter("watchglass_ingest_restores_total",
                         "Histories begun because devices knew of more than was stored.")),
      commits_unknown(r.counter("watchglass_ingest_commits_unknown_total",
                                "Commits whose outcome had to be read from the tables.")),
      commit_retries(r.counter("watchglass_ingest_commit_retries_total",
                               "Commits put off because the database could not take them.")),
      replayed(r.counter("watchglass_ingest_replayed_total", "Quarantined frames that were stored later.")),
      untimed(r.counter("watchglass_ingest_untimed_total", "Frames stored with the time of receipt.")),
      stored_sent(r.counter("watchglass_ingest_stored_sent_total", "Stored messages handed to the broker.")),
      commit_seconds(r.histogram("watchglass_ingest_commit_seconds", "Duration of one commit.",
                                 {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5})),
      lag_seconds(r.histogram("watchglass_ingest_lag_seconds", "From receipt of a frame to its commit.",
                              {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30, 300})),
      queue_depth(r.gauge("watchglass_ingest_queue_messages", "Messages waiting in the intake.")),
      queue_capacity(r.gauge("watchglass_ingest_queue_capacity_messages", "Messages the intake can hold.")),
      queue_bytes(r.gauge("watchglass_ingest_queue_bytes", "Payloads waiting in the intake.")),
      inbox_bytes(r.gauge("watchglass_ingest_inbox_bytes", "Received and not yet in the intake.")),
      inbox_dropped(r.counter("watchglass_ingest_inbox_dropped_total",
                              "Messages dropped because too many waited; instruments send them again.")),
      stored_waiting(r.gauge("watchglass_ingest_stored_waiting_devices", "Devices with an unsent Stored.")),
      streams_known(r.gauge("watchglass_ingest_streams_known", "Streams whose position is in memory.")),
      shards_held(r.gauge("watchglass_ingest_shards_held", "Shards whose locks this process holds.")),
      registry_(r) {}

void Meters::quarantined(std::string_view code) {
    registry_
        .counter("watchglass_ingest_quarantined_total", "Frames and messages kept in quarantine, by reason.",
                 {{"reason", std::string(code)}})
        .add();
}

void Meters::dropped(std::string_view code) {
    registry_
        .counter("watchglass_ingest_dropped_total",
                 "Messages that no registered device stands behind, by reason.",
                 {{"reason", std::string(code)}})
        .add();
}

}  // namespace watchglass::ingest
