// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>

namespace watchglass::bench {

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view{argv[i]} != "--quick") {
            std::fputs(fmt::format("{} does not know '{}'; it takes --quick\n", argv[0], argv[i]).c_str(),
                       stderr);
            std::exit(2);
        }
        options.quick = true;
    }
    return options;
}

void report(std::string_view figure, double value, std::string_view unit, std::string_view yardstick) {
    report(figure, value, unit, Target{}, yardstick);
}

void report(std::string_view figure, double value, std::string_view unit, Target target,
            std::string_view yardstick) {
    // Names are written in the benchmarks themselves and hold nothing that JSON must escape.
    const auto line =
        fmt::format(R"({{"figure": "{}", "value": {}, "unit": "{}", "target": "{}", "yardstick": "{}"}})",
                    figure, value, unit, target.text, yardstick);
    std::puts(line.c_str());
    std::fflush(stdout);
}

void report_absence(std::string_view figure, std::string_view why) {
    std::string escaped;
    for (const char c : why) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    const auto line = fmt::format(R"({{"figure": "{}", "absent": "{}"}})", figure, escaped);
    std::puts(line.c_str());
    std::fflush(stdout);
}

void report_point(std::string_view curve, std::initializer_list<std::pair<std::string_view, double>> values) {
    auto line = fmt::format(R"({{"curve": "{}")", curve);
    for (const auto& [name, value] : values) line += fmt::format(R"(, "{}": {:.3f})", name, value);
    std::puts((line + "}").c_str());
    std::fflush(stdout);
}

double cpu_seconds() {
    double total = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        if (getrusage(who, &usage) != 0) continue;
        for (const timeval& part : {usage.ru_utime, usage.ru_stime}) {
            total += static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) / 1e6;
        }
    }
    return total;
}

}  // namespace watchglass::bench
