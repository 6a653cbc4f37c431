// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watchglass::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Only goes up. Thread-safe, lock-free.
class Counter {
public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Thread-safe, lock-free.
class Gauge {
public:
    void set(double v) { value_.store(v, std::memory_order_relaxed); }
    void add(double v) { value_.fetch_add(v, std::memory_order_relaxed); }
    [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// Counts observations in buckets with the given upper bounds (base units: seconds, bytes). Thread-safe.
class Histogram {
public:
    explicit Histogram(std::vector<double> bounds);
    void observe(double v);

private:
    friend class Registry;
    std::vector<double> bounds_;
    std::deque<std::atomic<std::uint64_t>> counts_;
    std::atomic<double> sum_{0};
};

/// The metrics of one program, written in the Prometheus text format (version 0.0.4).
///
/// Names are `watchglass_<what>_<unit>[_total]`; a device id is never a label. Handles stay valid as long as
/// the registry; asking again for the same name and labels gives the same handle. Asking for a name that is
/// another kind of metric already is a mistake in the program: throws std::logic_error. Thread-safe.
class Registry {
public:
    Registry();
    ~Registry();
    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                         const Labels& labels = {});

    [[nodiscard]] std::string exposition() const;

private:
    struct State;
    static void append(std::string& out, std::string_view name, const std::string& labels,
                       const Histogram& h);
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::metrics
