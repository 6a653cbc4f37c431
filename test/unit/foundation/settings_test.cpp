// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/settings.h"

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr Setting<milliseconds> wait_setting{
    .name = "batch.wait", .doc = "Longest wait.", .fallback = 200ms, .least = 5ms, .most = 10s};
constexpr Setting<std::int64_t> size_setting{
    .name = "batch.size", .doc = "Most frames.", .fallback = 100, .least = 1, .most = 1000};
constexpr Setting<double> ratio_setting{.name = "batch.ratio", .doc = "A ratio.", .fallback = 0.5};
constexpr Setting<bool> flag_setting{.name = "batch.flag", .doc = "A flag.", .fallback = true};
constexpr Setting<std::string_view> dsn_setting{
    .name = "postgres.dsn", .doc = "Where the database is.", .required = true};

class File {
public:
    explicit File(std::string_view text) { REQUIRE(write_file_atomically(path, text)); }
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "x.toml";
    [[nodiscard]] std::string at(int line) const { return path.string() + ":" + std::to_string(line); }
};

}  // namespace

TEST_CASE("settings come from the environment, else the file, else the default", "[foundation][settings]") {
    const File file{"[batch]\nwait = \"2s\"\nsize = 7\n[postgres]\ndsn = \"host=/run\"\n"};
    SettingsReader reader{file.path, {{"WATCHGLASS_BATCH_SIZE", "9"}}};
    CHECK(reader.get(wait_setting) == 2s);
    CHECK(reader.get(size_setting) == 9);
    CHECK(reader.get(ratio_setting) == 0.5);
    CHECK(reader.get(flag_setting));
    CHECK(reader.get(dsn_setting) == "host=/run");
    CHECK(reader.complaints().empty());

    const auto effective = reader.effective();
    CHECK(effective.find("# Longest wait.\nwait = \"2s\"  # " + file.at(2)) != std::string::npos);
    CHECK(effective.find("size = 9  # $WATCHGLASS_BATCH_SIZE") != std::string::npos);
    CHECK(effective.find("ratio = 0.5  # default") != std::string::npos);
}

TEST_CASE("what is printed can be read again and means the same", "[foundation][settings]") {
    SettingsReader first{{},
                         {{"WATCHGLASS_POSTGRES_DSN", "a \"b\" \\ \x01"},
                          {"WATCHGLASS_BATCH_WAIT", "90s"},
                          {"WATCHGLASS_BATCH_RATIO", "3"}}};
    const auto read_all = [](SettingsReader& r) {
        return std::tuple{r.get(wait_setting), r.get(size_setting), r.get(ratio_setting), r.get(flag_setting),
                          r.get(dsn_setting)};
    };
    const auto expected = read_all(first);
    const File file{first.effective()};
    SettingsReader second{file.path, {}};
    CHECK(read_all(second) == expected);
    CHECK(second.complaints().empty());
}

TEST_CASE("every mistake is told at once, with its place", "[foundation][settings]") {
    const File file{"[batch]\nwait = \"1h\"\nsize = \"many\"\nwiat = 3\nflag = 1\nratio = [1]\n"};
    SettingsReader reader{file.path, {{"WATCHGLASS_BATCH_NONSENSE", "1"}}};
    CHECK(reader.get(wait_setting) == 200ms);
    CHECK(reader.get(size_setting) == 100);
    reader.get(ratio_setting);
    reader.get(flag_setting);
    reader.get(dsn_setting);
    reader.complain("Two settings contradict each other.");
    const std::vector<std::string> expected{
        file.at(2) + ": batch.wait must be between \"5ms\" and \"10s\".",
        file.at(3) + ": batch.size must be a whole number.",
        file.at(6) + ": batch.ratio must be a number.",
        file.at(5) + ": batch.flag must be true or false.",
        "postgres.dsn is not set: Where the database is. Set it in " + file.path.string() +
            " or as $WATCHGLASS_POSTGRES_DSN.",
        "Two settings contradict each other.",
        file.at(4) + ": there is no setting batch.wiat. Did you mean batch.wait?",
        "$WATCHGLASS_BATCH_NONSENSE: there is no such setting."};
    CHECK(reader.complaints() == expected);
}

TEST_CASE("a file that is missing or is not TOML is a complaint with its line", "[foundation][settings]") {
    const test::TemporaryDirectory directory;
    SettingsReader missing{directory / "missing.toml", {}};
    REQUIRE(missing.complaints().size() == 1);
    CHECK(missing.complaints()[0].find("missing.toml") != std::string::npos);

    const File broken{"[batch]\nsize = = 3\n"};
    SettingsReader reader{broken.path, {}};
    REQUIRE(reader.complaints().size() == 1);
    CHECK(reader.complaints()[0].find(broken.path.string() + ": line 2: ") == 0);
}
