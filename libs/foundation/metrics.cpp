// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <variant>

#include <fmt/format.h>

namespace watchglass::metrics {
namespace {

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
    return out;
}

/// `name="value",name="value"`: also the identity of a series within its family.
std::string rendered(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        if (!text.empty()) text += ',';
        text += fmt::format("{}=\"{}\"", name, escaped(value, true));
    }
    return text;
}

std::string number(double v) {
    if (std::isnan(v)) return "NaN";
    if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", v);
}

std::string series(std::string_view name, const std::string& labels, const std::string& more = {}) {
    if (labels.empty() && more.empty()) return std::string(name);
    return fmt::format("{}{{{}{}{}}}", name, labels, labels.empty() || more.empty() ? "" : ",", more);
}

using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

struct Family {
    std::string help;
    std::string_view type;
    std::map<std::string, Metric> series;  ///< by rendered labels
};

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

void Histogram::observe(double v) {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(v, std::memory_order_relaxed);
}

struct Registry::State {
    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;

    template <class T, class Make>
    T& find_or_make(std::string_view name, std::string_view help, std::string_view type, const Labels& labels,
                    Make make) {
        const std::lock_guard lock(mutex);
        auto found = families.find(name);
        if (found == families.end()) {
            found = families.emplace(std::string(name), Family{std::string(help), type, {}}).first;
        }
        if (found->second.type != type) {
            throw std::logic_error(fmt::format("metric {} is a {} elsewhere", name, found->second.type));
        }
        auto& all = found->second.series;
        auto key = rendered(labels);
        auto one = all.find(key);
        if (one == all.end()) one = all.emplace(std::move(key), make()).first;
        return *std::get<std::unique_ptr<T>>(one->second);
    }
};

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
    return state_->find_or_make<Counter>(name, help, "counter", labels,
                                         [] { return std::make_unique<Counter>(); });
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    return state_->find_or_make<Gauge>(name, help, "gauge", labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                               const Labels& labels) {
    return state_->find_or_make<Histogram>(name, help, "histogram", labels,
                                           [&] { return std::make_unique<Histogram>(std::move(bounds)); });
}

void Registry::append(std::string& out, std::string_view name, const std::string& labels,
                      const Histogram& h) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < h.counts_.size(); ++i) {
        total += h.counts_[i].load(std::memory_order_relaxed);
        const auto bound = i < h.bounds_.size() ? number(h.bounds_[i]) : std::string("+Inf");
        out += fmt::format("{} {}\n",
                           series(fmt::format("{}_bucket", name), labels, fmt::format("le=\"{}\"", bound)),
                           total);
    }
    out += fmt::format("{} {}\n", series(fmt::format("{}_sum", name), labels),
                       number(h.sum_.load(std::memory_order_relaxed)));
    out += fmt::format("{} {}\n", series(fmt::format("{}_count", name), labels), total);
}

std::string Registry::exposition() const {
    std::string out;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, family] : state_->families) {
        out +=
            fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name, family.type);
        for (const auto& [labels, metric] : family.series) {
            if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
                out += fmt::format("{} {}\n", series(name, labels), (*counter)->value());
            } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric)) {
                out += fmt::format("{} {}\n", series(name, labels), number((*gauge)->value()));
            } else {
                append(out, name, labels, *std::get<std::unique_ptr<Histogram>>(metric));
            }
        }
    }
    return out;
}

}  // namespace watchglass::metrics
