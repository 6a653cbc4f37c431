// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace watchglass::bench {

/// What `./run bench` passes on.
struct Options {
    bool quick = false;  ///< a look in seconds; figures are rough
};
/// Exits with 2 and a sentence on anything it does not know.
Options parse_options(int argc, char** argv);

/// Announces one measured figure on standard output, where tools/bench.py gathers it. `yardstick` names another
/// figure of the same program in the same unit; the table then shows the ratio, which is what holds on any machine.
void report(std::string_view figure, double value, std::string_view unit, std::string_view yardstick = {});

/// What a figure is meant to be: `<= 2` or `>= 0.5`, in the figure's unit. The table shows whether it is, and by how
/// much not; a missed target is no failure of the benchmark.
struct Target {
    std::string_view text;
};
void report(std::string_view figure, double value, std::string_view unit, Target target,
            std::string_view yardstick = {});

/// A figure that could not be measured here, and why, in a sentence.
void report_absence(std::string_view figure, std::string_view why);

/// One point of a curve, for those who draw it (tools/reliability.py); in no table.
void report_point(std::string_view curve, std::initializer_list<std::pair<std::string_view, double>> values);

/// Elapsed time of a stretch of work, on the steady clock.
class Stopwatch {
public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Processor seconds (user and system) this process and its waited-for children have used so far.
double cpu_seconds();

}  // namespace watchglass::bench
