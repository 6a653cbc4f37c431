// SPDX-License-Identifier: Apache-2.0
// A field engineer with a copied journal: what `watchglass journal` says, exits with, and leaves alone.
#include "device-sdk/src/journal/journal.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "device-sdk/src/journal/posix_disk.h"
#include "libs/foundation/crc32c.h"
#include "libs/foundation/file.h"
#include "test/integration/cli/run_watchglass.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

namespace watchglass::test {

namespace fs = std::filesystem;
using namespace watchglass::device;

namespace {

/// An agent's state directory with a journal in it: telemetry over several segments, one alarm.
class StateDirectory {
public:
    StateDirectory() {
        fs::create_directories(directory_ / "identity");
        auto disk = open_disk();
        auto telemetry = open(*disk, Lane::telemetry);
        for (int i = 0; i < 40; ++i) REQUIRE(telemetry->append(Bytes(4000, static_cast<std::uint8_t>(i)), 3));
        REQUIRE(telemetry->sync());
        telemetry->append_gap(GapCause::refused_by_policy, 7);
        telemetry->set_history(0xabcdef);
        const StreamId live = telemetry->live();
        REQUIRE(telemetry->sync());
        REQUIRE(
            telemetry->mark_stored(live, StreamSeq{30}, telemetry->chain_after(live, StreamSeq{30}).value()));
        REQUIRE(telemetry->close());
        auto events = open(*disk, Lane::events);
        REQUIRE(events->append(Bytes(50, 1), 1));
        REQUIRE(events->close());
    }

    [[nodiscard]] std::string path() const { return directory_.path().string(); }
    [[nodiscard]] fs::path journal() const { return directory_ / "journal" / "aaaaaaaaaaaaaaaaaaaaaaaaaa"; }
    [[nodiscard]] std::unique_ptr<PosixDisk> open_disk() const {
        auto disk = PosixDisk::open_directory(journal());
        REQUIRE(disk);
        return std::move(*disk);
    }
    std::unique_ptr<Journal> open(Disk& disk, Lane lane) {
        auto journal = Journal::open({.lane = lane, .segment_bytes = 64u << 10}, disk, rng_, clock_);
        REQUIRE(journal);
        return std::move(*journal);
    }
    /// The telemetry segments, oldest first.
    [[nodiscard]] std::vector<fs::path> segments() const {
        std::vector<fs::path> all;
        for (const auto& file : fs::directory_iterator(journal())) {
            if (file.path().filename().string().starts_with("telemetry")) all.push_back(file.path());
        }
        std::sort(all.begin(), all.end());
        REQUIRE(all.size() >= 3);
        return all;
    }
    /// Every file's content and time of change.
    [[nodiscard]] std::map<std::string, std::string> image() const {
        std::map<std::string, std::string> all;
        for (const auto& file : fs::recursive_directory_iterator(directory_.path())) {
            const auto time = file.last_write_time().time_since_epoch().count();
            const std::string bytes = file.is_regular_file() ? read_file(file.path()).value() : "";
            all[file.path().string()] = std::to_string(time) + bytes;
        }
        return all;
    }

private:
    TemporaryDirectory directory_;
    SeededRng rng_{5};
    ManualClock clock_;
};

void flip(const fs::path& file, std::uint64_t at) {
    std::string bytes = read_file(file).value();
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 0x10);
    REQUIRE(write_file_atomically(file, bytes));
}

Finished verify(const std::string& path) { return run_watchglass({"journal", "verify", path}); }

const json::Value& only(const json::Value& answer, const char* list) {
    const auto& items = answer.find(list)->items();
    REQUIRE(items.size() == 1);
    return items.front();
}

}  // namespace

TEST_CASE("an engineer sees what a journal holds, from its state directory on", "[cli][journal]") {
    const StateDirectory state;
    const auto before = state.image();
    const bool from_above = GENERATE(true, false);
    const std::string where = from_above ? state.path() : state.journal().string();

    const auto seen = run_watchglass({"journal", "inspect", where});
    INFO(seen.out << seen.err);
    CHECK(seen.status.success());
    CHECK_THAT(seen.out,
               Catch::Contains("telemetry, epoch") && Catch::Contains("events, epoch") &&
                   Catch::Contains("on disk   1 to 41") &&
                   Catch::Contains("through place 30, as platform history 0000000000abcdef has told") &&
                   Catch::Contains("11 places to be sent") && Catch::Contains("in order") &&
                   Catch::Contains("gap: 41 (refused_by_policy, 7 samples lost)") &&
                   Catch::Contains("2025-11-21 01:00:00 CET (2025-11-21T00:00:00.000000Z)"));

    const auto answer = json_of_watchglass({"journal", "inspect", where});
    const auto& journal = only(answer, "journals");
    CHECK(journal.text_or("state", "") == "fine");
    REQUIRE(journal.find("streams")->items().size() == 2);
    const auto& telemetry = journal.find("streams")->items().front();
    CHECK(telemetry.integer("stored_through").value() == 30);
    CHECK(telemetry.integer("unstored_places").value() == 11);
    CHECK(telemetry.text_or("history", "") == "0000000000abcdef");

    CHECK(verify(where).status.code == 0);
    CHECK_THAT(verify(where).out, Catch::Contains("Fine: 42 places can be read"));
    CHECK(state.image() == before);
}

TEST_CASE("records are listed with their offsets, of one file too", "[cli][journal]") {
    const StateDirectory state;
    const auto file = state.segments().front();
    const auto seen = run_watchglass({"journal", "inspect", "--records", file.string()});
    CHECK(seen.status.success());
    CHECK_THAT(seen.out, Catch::Contains("only the files named") && Catch::Contains("OFFSET") &&
                             Catch::Contains("frame   1: 3 samples, 4000 bytes") &&
                             Catch::Contains("commit  on disk"));
    const auto answer = json_of_watchglass({"journal", "inspect", "--records", file.string()});
    const auto& records = only(only(answer, "journals"), "segments").find("records")->items();
    REQUIRE(records.size() > 3);
    CHECK(records.front().integer("at").value() == 68);
    CHECK(records.front().text_or("type", "") == "stream");
}

TEST_CASE("damage is told by byte and place, with what is lost and what to do", "[cli][journal]") {
    const StateDirectory state;
    const auto segments = state.segments();
    const auto answer_of = [&] { return json_of_watchglass({"journal", "verify", state.path()}); };

    SECTION("a frame in the middle") {
        flip(segments[1], 5000);
        const auto told = verify(state.path());
        INFO(told.out);
        CHECK(told.status.code == 1);
        CHECK_THAT(told.out, Catch::Contains("DAMAGED") &&
                                 Catch::Contains(segments[1].filename().string() + " at byte") &&
                                 Catch::Contains("cannot be read") && Catch::Contains("Next: keep a copy"));
        const auto answer = answer_of();
        CHECK(answer.text_or("state", "") == "damaged");
        const auto& journal = only(answer, "journals");
        const auto& finding = only(journal, "findings");
        CHECK(finding.text_or("file", "") == segments[1].filename().string());
        CHECK(finding.integer("at").value() <= 5000);
        CHECK(finding.integer("at").value() > 900);
        const auto& stream = journal.find("streams")->items().front();
        CHECK(stream.integer("lost_places").value() + stream.integer("readable_places").value() == 41);
        CHECK(stream.integer("lost_places").value() > 0);
        // The platform has stored through 30 already: nothing of it is lost for good.
        CHECK(stream.integer("lost_unstored_places").value() == 0);
    }
    SECTION("a header, which costs nothing while the name and the segment before it tell the rest") {
        flip(segments[1], 34);
        const auto told = verify(state.path());
        CHECK(told.status.code == 1);
        CHECK_THAT(told.out, Catch::Contains("at byte 34: The header") &&
                                 Catch::Contains("42 places can be read, 0 places cannot"));
    }
    SECTION("a file that is gone") {
        fs::remove(segments[1]);
        CHECK(verify(state.path()).status.code == 1);
        CHECK(only(only(answer_of(), "journals"), "findings").text_or("kind", "") == "hole");
    }
    SECTION("a file that is empty") {
        fs::resize_file(segments[1], 0);
        const auto told = verify(state.path());
        CHECK(told.status.code == 1);
        CHECK_THAT(told.out, Catch::Contains("The file is empty"));
    }
    SECTION("one file that was copied under another name") {
        const auto copy = fs::path{state.path()} / "damaged.bin";
        fs::copy(segments[0], copy);
        CHECK(verify(copy.string()).status.code == 0);
        flip(copy, 3);
        const auto told = verify(copy.string());
        CHECK(told.status.code == 1);
        CHECK_THAT(told.out, Catch::Contains("give it its own name back"));
    }
}

TEST_CASE("a torn tail is told apart from damage, and is gone after the next start", "[cli][journal]") {
    StateDirectory state;
    std::string newest = state.segments().back().string();
    std::string bytes = read_file(newest).value();
    // The closing record is the last; without its end it is what a power cut leaves.
    const auto end = bytes.find_last_not_of('\0') + 1;
    bytes[end - 3] = static_cast<char>(bytes[end - 3] ^ 1);
    REQUIRE(write_file_atomically(newest, bytes));

    const auto told = verify(state.path());
    INFO(told.out);
    CHECK(told.status.code == 6);
    CHECK_THAT(told.out, Catch::Contains("torn tail") && Catch::Contains("Next: nothing"));
    CHECK(json_of_watchglass({"journal", "verify", state.path()}).text_or("state", "") == "torn_tail");

    {
        auto disk = state.open_disk();
        REQUIRE(state.open(*disk, Lane::telemetry)->close());
    }
    CHECK(verify(state.path()).status.code == 0);
}

TEST_CASE("a journal in use is read all the same, and said to be in use", "[cli][journal]") {
    StateDirectory state;
    const auto disk = state.open_disk();
    const auto journal = state.open(*disk, Lane::telemetry);
    REQUIRE(journal->append(Bytes(100, 9), 1));
    REQUIRE(journal->sync());

    const auto seen = run_watchglass({"journal", "inspect", state.path()});
    CHECK(seen.status.success());
    CHECK_THAT(seen.out, Catch::Contains("A program works with this journal right now"));
    const auto answer = json_of_watchglass({"journal", "verify", state.path()});
    CHECK(only(answer, "journals").boolean("in_use").value());
    CHECK(answer.text_or("state", "") == "fine");
    REQUIRE(journal->append(Bytes(100, 10), 1));
    CHECK(journal->sync());
}

TEST_CASE("a journal that is written meanwhile is never called damaged without saying that it changed",
          "[cli][journal]") {
    StateDirectory state;
    const auto disk = state.open_disk();
    SeededRng rng{9};
    const ManualClock clock;
    // Small enough that files come and go.
    auto journal = Journal::open({.bytes_most = 256u << 10, .segment_bytes = 64u << 10}, *disk, rng, clock);
    REQUIRE(journal);
    std::atomic<int> groups = 0;
    std::jthread writer{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            for (int i = 0; i < 3; ++i) (void)(*journal)->append(Bytes(3000, 1), 1);
            if ((*journal)->sync()) ++groups;
        }
    }};
    int seen_groups = 0;
    for (int round = 0; round < 25; ++round) {
        REQUIRE(eventually([&] { return groups > seen_groups; }));
        seen_groups = groups;
        const auto answer = json_of_watchglass({"journal", "verify", state.path()});
        const auto& seen = only(answer, "journals");
        CAPTURE(answer.dump(1));
        CHECK((seen.boolean("changed_while_read").value() || answer.text_or("state", "") != "damaged"));
        CHECK(seen.boolean("in_use").value());
    }
    writer.request_stop();
    writer.join();
    CHECK(verify(state.path()).status.code == 0);
}

TEST_CASE("what is no journal gets a code, a next step and an exit code of its own", "[cli][journal]") {
    const StateDirectory state;
    const TemporaryDirectory scratch;
    const auto refused = [&](const std::string& path, int exit_code, const std::string& code) {
        const auto told = run_watchglass({"journal", "verify", path, "--json"});
        INFO(path << ": " << told.out << told.err);
        CHECK(told.status.code == exit_code);
        CHECK(told.out.empty());
        const auto error = json::parse(told.err);
        REQUIRE(error);
        CHECK(error->find("error")->text_or("code", "") == code);
        CHECK_FALSE(error->find("error")->text_or("next_step", "").empty());
        CHECK(run_watchglass({"journal", "inspect", path}).status.code == exit_code);
    };
    std::ofstream(scratch / "notes.txt") << "not a journal\n";
    std::ofstream(scratch / "empty");
    refused((scratch / "nothing").string(), 5, "foundation.not_found");
    refused(scratch.path().string(), 5, "cli.no_journal");
    refused((scratch / "notes.txt").string(), 2, "cli.not_a_journal");
    refused((scratch / "empty").string(), 2, "cli.not_a_journal");
    refused("/dev/null", 2, "cli.not_a_journal");
    CHECK(run_watchglass({"journal"}).status.code == 2);
    CHECK(run_watchglass({"journal", "verify"}).status.code == 2);

    SECTION("a segment's name with nothing behind it is damage, not a mistake") {
        std::ofstream(scratch / "copy.wgj") << std::string(200, 'x');
        CHECK(verify((scratch / "copy.wgj").string()).status.code == 1);
    }
    SECTION("a newer format is left to a newer version") {
        const auto file = state.segments().front();
        std::string bytes = read_file(file).value();
        bytes[8] = 2;
        const std::uint32_t crc = crc32c(as_bytes(bytes).first(64));
        for (std::size_t i = 0; i < 4; ++i) bytes[64 + i] = static_cast<char>(crc >> (8 * i));
        REQUIRE(write_file_atomically(file, bytes));
        const auto told = verify(state.path());
        CHECK(told.status.code == 1);
        CHECK_THAT(told.out,
                   Catch::Contains("A newer version wrote this file") && Catch::Contains("unchecked"));
    }
}

TEST_CASE("who may not read a journal is told so", "[cli][journal]") {
    const StateDirectory state;
    fs::permissions(state.journal(), fs::perms::none);
    constexpr uid_t nobody = 65534;
    std::optional<uid_t> user;
    if (::geteuid() == 0) user = nobody;
    const auto told = run_watchglass({"journal", "verify", state.path()}, user);
    fs::permissions(state.journal(), fs::perms::owner_all);
    INFO(told.out << told.err);
    CHECK(told.status.code == 4);
    CHECK_THAT(told.err, Catch::Contains("cli.journal_not_permitted") && Catch::Contains("next:"));
}

}  // namespace watchglass::test
