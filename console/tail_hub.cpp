// SPDX-License-Identifier: Apache-2.0
#include "console/tail_hub.h"

#include <algorithm>
#include <chrono>

#include "console/api/render.h"
#include "libs/foundation/log.h"
#include "schemas/values/units.h"

namespace watchglass::console {
namespace {

using namespace std::chrono_literals;

json::Value to_json(const storage::TailChange& change) {
    return json::Value::object({{"device", change.device.text()},
                                {"sub_device", change.sub_device},
                                {"parameter", change.parameter},
                                {"value", value_json(change.value, change.text)},
                                {"unit", change.unit},
                                {"symbol", unit_symbol(change.unit)},
                                {"t", to_rfc3339(change.t)},
                                {"clock_quality", to_text(change.clock_quality)},
                                {"received", to_rfc3339(change.received)}});
}

}  // namespace

TailHub::TailHub(storage::ConnectionPool& pool, metrics::Registry& metrics)
    : pool_(pool),
      tails_metric_(metrics.gauge("watchglass_console_tails", "Connected live tails.")),
      changes_metric_(
          metrics.counter("watchglass_console_tail_changes_total", "Changes sent to live tails.")) {}

TailHub::~TailHub() { stop(); }

void TailHub::start() {
    thread_ = std::thread([this] { run(); });
}

void TailHub::stop() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
}

void TailHub::add(storage::ReadScope scope, storage::TailFilter filter,
                  std::shared_ptr<http::EventStream> stream) {
    const std::lock_guard lock(mutex_);
    if (!hearing_) return stream->close();
    stream->send("open", "{}");
    tails_.push_back({scope, std::move(filter), std::move(stream)});
    tails_metric_.set(static_cast<double>(tails_.size()));
}

void TailHub::run() {
    while (!ending_) {
        auto listener = storage::Listener::open(pool_.settings().dsn, "watchglass-consoled tail",
                                                {storage::tail_channel});
        const Result<void> ended = listener ? follow(*listener) : Result<void>(failed(listener));
        close_all();
        if (ended) return;
        log::failure(log::Level::warning, "console.tail_interrupted", ended.error());
        for (int i = 0; i < 10 && !ending_; ++i) std::this_thread::sleep_for(50ms);
    }
}

/// Ends well when the program does.
Result<void> TailHub::follow(storage::Listener& listener) {
    {
        const std::lock_guard lock(mutex_);
        hearing_ = true;
    }
    while (!ending_) {
        const auto heard = listener.wait(200ms);
        if (!heard) return failed(heard);
        drop_closed();
        for (const storage::Notification& note : *heard) {
            const auto commit = storage::parse_commit_number(note.payload);
            if (!commit) continue;
            if (auto served = serve(*commit); !served) return served;
        }
    }
    return {};
}

Result<void> TailHub::serve(std::int64_t commit) {
    std::vector<Tail> tails;
    {
        const std::lock_guard lock(mutex_);
        tails = tails_;
    }
    if (tails.empty()) return {};
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    for (const Tail& tail : tails) {
        const auto changes = storage::read_commit(**connection, tail.scope, commit, tail.filter);
        if (!changes) return failed(changes);
        for (const storage::TailChange& change : *changes) {
            if (!tail.stream->send("change", to_json(change).dump(), std::to_string(commit))) break;
            changes_metric_.add();
        }
    }
    return {};
}

void TailHub::drop_closed() {
    const std::lock_guard lock(mutex_);
    std::erase_if(tails_, [](const Tail& tail) { return !tail.stream->open(); });
    tails_metric_.set(static_cast<double>(tails_.size()));
}

void TailHub::close_all() {
    const std::lock_guard lock(mutex_);
    hearing_ = false;
    for (const Tail& tail : tails_) tail.stream->close();
    tails_.clear();
    tails_metric_.set(0);
}

}  // namespace watchglass::console
