// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/sweep.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include <fmt/format.h>

namespace watchglass::faults {
namespace {

constexpr std::size_t most_failures = 5;
constexpr std::uint64_t sample_seed = 20261127;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string kind_of(const std::string& point) { return point.substr(0, point.find(':')); }

}  // namespace

bool full_sweep() { return environment("WATCHGLASS_FAULTS") == "full"; }

std::vector<std::string> Sweep::choose(const std::vector<std::string>& all, std::size_t sample) {
    all_ = all.size();
    const std::string wanted = environment("WATCHGLASS_FAULT_POINT");
    if (const auto star = wanted.find('*'); star != std::string::npos)
        return std::vector<std::string>(std::stoul(wanted.substr(0, star)), wanted.substr(star + 1));
    if (!wanted.empty()) return {wanted};
    if (full_sweep() || all.size() <= sample) return all;
    std::map<std::string, std::vector<std::string>> by_kind;
    for (const std::string& point : all) by_kind[kind_of(point)].push_back(point);
    std::mt19937_64 random{sample_seed};
    for (auto& [kind, points] : by_kind) std::shuffle(points.begin(), points.end(), random);
    std::vector<std::string> chosen;
    for (std::size_t nth = 0; chosen.size() < sample; ++nth)
        for (const auto& [kind, points] : by_kind)
            if (nth < points.size() && chosen.size() < sample) chosen.push_back(points[nth]);
    return chosen;
}

void Sweep::run(const std::vector<std::string>& points, std::size_t threads,
                const std::function<Outcome(const std::string&)>& attempt) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < points.size(); i = next++) {
            Outcome outcome;
            try {
                outcome = attempt(points[i]);
            } catch (const std::exception& trouble) {
                outcome.verdict.complaints.emplace_back(trouble.what());
            }
            note(points[i], outcome);
            const std::lock_guard lock(mutex_);
            if (failed_.size() >= most_failures) return;
        }
    };
    std::vector<std::thread> workers;
    for (std::size_t i = 1; i < threads; ++i) workers.emplace_back(work);
    work();
    for (std::thread& worker : workers) worker.join();
}

void Sweep::note(const std::string& point, const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    if (!outcome.verdict.good()) failed_.emplace_back(point, outcome.verdict.text());
    lost_ += outcome.verdict.lost;
    duplicated_ += outcome.verdict.duplicated;
    if (!outcome.reached) {
        ++not_reached_;
        return;
    }
    ++tried_;
    ++kinds_[kind_of(point)];
}

bool Sweep::report() const {
    std::string kinds;
    for (const auto& [kind, count] : kinds_)
        kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", kind, count);
    fmt::print("{}: {} fault points, {} lost, {} duplicated (of {}: {}{})\n", name_, tried_, lost_,
               duplicated_, all_, kinds,
               not_reached_ > 0 ? fmt::format("; {} lay behind the run's end", not_reached_) : "");
    fmt::print(
        "reliability: {{\"sweep\":\"{}\",\"points\":{},\"not_reached\":{},\"lost\":{},\"duplicated\":{},"
        "\"failed\":{}}}\n",
        name_, tried_, not_reached_, lost_, duplicated_, failed_.size());
    for (const auto& [point, why] : failed_) fmt::print("{} failed: {}\n", point, why);
    if (!failed_.empty())
        fmt::print(
            "The first alone, twenty times: WATCHGLASS_FAULT_POINT='20*{}' ctest --preset dev -R "
            "'^faults_{}$' -V\n",
            failed_.front().first, name_);
    if (too_few())
        fmt::print("{} failed: a full sweep has at least {} points, but {} were reached\n", name_,
                   full_least_, tried_);
    std::fflush(stdout);
    return failed_.empty() && tried_ > 0 && !too_few();
}

/// One point alone was asked for: it is no full sweep.
bool Sweep::too_few() const {
    return full_sweep() && environment("WATCHGLASS_FAULT_POINT").empty() && tried_ < full_least_;
}

}  // namespace watchglass::faults
