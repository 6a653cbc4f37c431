// SPDX-License-Identifier: Apache-2.0
// Journals that a released format wrote, opened by the journal of today. test/golden/README.md tells what is in them and
// how they are made again.
#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "device-sdk/src/journal/journal.h"
#include "device-sdk/src/journal/posix_disk.h"
#include "device-sdk/src/journal/segment_survey.h"
#include "libs/foundation/file.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::test;

namespace fs = std::filesystem;

namespace {

fs::path golden_directory() {
    return fs::path{std::getenv("WATCHGLASS_SOURCE_DIR")} / "test/golden/journal/format-1";
}

constexpr std::uint64_t platform_history = 0x1234'5678'9abc'def0;

Bytes body_of(int number) { return Bytes(24, static_cast<std::uint8_t>(number)); }

/// Writes what README.md describes, by the journal of today.
class Writer {
public:
    explicit Writer(const fs::path& directory) : disk_(PosixDisk::open_directory(directory).value()) {}

    void write() {
        write_events();
        write_first_run();
        write_second_run();
        write_forked_run();
        write_last_run();
    }

private:
    std::unique_ptr<Journal> open(Lane lane) {
        return Journal::open({.lane = lane, .segment_bytes = 64u << 10}, *disk_, rng_, clock_).value();
    }
    void append(Journal& journal, int from, int to) {
        for (int number = from; number <= to; ++number)
            REQUIRE(journal.append(body_of(number), static_cast<std::uint32_t>(number)));
        clock_.advance(std::chrono::seconds{5});
        REQUIRE(journal.sync());
    }
    static void store(Journal& journal, std::uint64_t through) {
        const StreamId id = journal.live();
        journal.set_history(platform_history);
        REQUIRE(
            journal.mark_stored(id, StreamSeq{through}, journal.chain_after(id, StreamSeq{through}).value()));
    }

    void write_events() {
        auto journal = open(Lane::events);
        append(*journal, 101, 102);
        store(*journal, 1);
        REQUIRE(journal->close());
    }
    /// Epoch 1, closed in order.
    void write_first_run() {
        auto journal = open(Lane::telemetry);
        append(*journal, 1, 3);
        journal->append_gap(GapCause::refused_by_policy, 12);
        append(*journal, 4, 5);
        store(*journal, 4);
        REQUIRE(journal->close());
    }
    /// Epoch 1 goes on in another segment and is sealed; epoch 2 begins, and the process dies.
    void write_second_run() {
        auto journal = open(Lane::telemetry);
        append(*journal, 6, 7);
        journal->start_epoch();
        append(*journal, 8, 10);
        store(*journal, 1);
        append(*journal, 11, 11);
    }
    /// Epoch 2 declares the unclean start, and turns out to be written by another disk, too.
    void write_forked_run() {
        auto journal = open(Lane::telemetry);
        append(*journal, 12, 13);
        const StreamId forked = journal->live();
        const StreamSeq cut{2};
        REQUIRE(journal->fork(forked, cut, journal->chain_after(forked, cut).value(), StreamSeq{4}));
        while (!journal->move_forked().value()) continue;
        append(*journal, 14, 15);
    }
    /// The power fails while a group is written.
    void write_last_run() {
        std::string newest;
        const auto entries = disk_->list().value();
        for (const DiskEntry& entry : entries)
            if (entry.name.starts_with("telemetry")) newest = std::max(newest, entry.name);
        const Bytes whole = read_segment(*disk_, newest, 64u << 10).value();
        const std::uint64_t end = survey_segment(newest, whole).used;
        const Bytes record = encode_frame_record(StreamSeq{3}, 16, body_of(16));
        auto file = disk_->open(newest).value();
        REQUIRE(file->write_at(end, ByteSpan{record}.first(record.size() - 7)));
    }

    std::unique_ptr<PosixDisk> disk_;
    SeededRng rng_{1};
    ManualClock clock_;
};

/// The files without the space that is reserved behind what was written.
void keep(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& old : fs::directory_iterator(to)) {
        if (old.path().extension() == ".wgj") fs::remove(old.path());
    }
    for (const auto& file : fs::directory_iterator(from)) {
        std::string bytes = read_file(file.path()).value();
        const std::string name = file.path().filename().string();
        const std::size_t records_end = survey_segment(name, as_bytes(bytes)).used;
        bytes.erase(std::max(bytes.find_last_not_of('\0') + 1, records_end));
        REQUIRE(write_file_atomically(to / name, bytes));
    }
}

/// A journal of one lane on a copy of the kept files, as text: one line a stream, one a place.
std::vector<std::string> read_all(const fs::path& directory, Lane lane) {
    const auto disk = PosixDisk::open_directory(directory).value();
    SeededRng rng{2};
    const ManualClock clock;
    const auto journal = Journal::open({.lane = lane, .segment_bytes = 64u << 10}, *disk, rng, clock).value();
    std::vector<std::string> lines;
    for (const StreamState& stream : journal->streams()) {
        lines.push_back(fmt::format(
            "{:016x}: {} to {}, stored {}, history {:016x}{}{}", stream.id.epoch.value(),
            stream.first_retained.value(), stream.synced_through.value(), stream.stored_through.value(),
            stream.history, stream.forked ? ", forked" : "", stream.live ? ", live" : ""));
        for (StreamSeq next = stream.first_retained; next <= stream.synced_through;) {
            const auto entry = journal->read(stream.id, next).value();
            if (const auto* gap = std::get_if<Gap>(&entry.content)) {
                lines.push_back(fmt::format("{} gap to {}: {}, {}", entry.seq.value(), gap->to.value(),
                                            to_text(gap->cause), gap->changes_lost));
            } else {
                const Bytes& body = std::get<Bytes>(entry.content);
                CHECK(body == body_of(body.at(0)));
                lines.push_back(fmt::format("{} body {}, {} samples{}", entry.seq.value(), body.at(0),
                                            entry.changes, entry.possible_repeat ? ", repeat" : ""));
            }
            next = after(entry.last);
        }
    }
    return lines;
}

}  // namespace

TEST_CASE("a journal of format 1 is opened and read as what it held", "[device-sdk][journal][golden]") {
    if (std::getenv("WATCHGLASS_REFRESH_GOLDEN") != nullptr) {
        const TemporaryDirectory fresh;
        Writer{fresh.path()}.write();
        keep(fresh.path(), golden_directory());
    }
    const TemporaryDirectory scratch;
    const fs::path copy = scratch / "journal";
    fs::copy(golden_directory(), copy);

    CHECK(read_all(copy, Lane::events) ==
          std::vector<std::string>{
              "684e9a8e3849b409: 1 to 2, stored 1, history 123456789abcdef0, live",
              "1 body 101, 101 samples",
              "2 body 102, 102 samples",
          });
    CHECK(read_all(copy, Lane::telemetry) ==
          std::vector<std::string>{
              "0010001b6563dc99: 1 to 8, stored 4, history 123456789abcdef0",
              "1 body 1, 1 samples",
              "2 body 2, 2 samples",
              "3 body 3, 3 samples",
              "4 gap to 4: refused_by_policy, 12",
              "5 body 4, 4 samples",
              "6 body 5, 5 samples",
              "7 body 6, 6 samples",
              "8 body 7, 7 samples",
              "c1bae3e8cf67445b: 1 to 2, stored 1, history 123456789abcdef0, forked",
              "1 body 8, 8 samples",
              "2 body 9, 9 samples",
              "631a4b3118caa7b5: 1 to 5, stored 0, history 123456789abcdef0",
              "1 body 10, 10 samples, repeat",
              "2 body 11, 11 samples",
              "3 gap to 3: unclean_boot, 0",
              "4 body 12, 12 samples",
              "5 body 13, 13 samples",
              "8114eebc121385fc: 1 to 3, stored 0, history 123456789abcdef0, live",
              "1 body 14, 14 samples",
              "2 body 15, 15 samples",
              "3 gap to 3: unclean_boot, 0",  // declared by this opening: the tail was torn
          });
}
