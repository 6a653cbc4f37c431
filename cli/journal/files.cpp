// SPDX-License-Identifier: Apache-2.0
#include "cli/journal/files.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <system_error>

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/commands/codes.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {

namespace fs = std::filesystem;
using device::Finding;
using device::FindingKind;
using device::Grade;
using device::SegmentSurvey;

namespace {

/// No segment is larger than half of this; what follows in a larger file is not looked at.
constexpr std::size_t bytes_most = std::size_t{8} << 20;
constexpr int levels_most = 4;
constexpr int tries_most = 5;  ///< at reading what somebody else writes

Failure trouble(const fs::path& path, int error) {
    const std::string detail = fmt::format("{}: {}.", path.string(), std::generic_category().message(error));
    if (error == ENOENT || error == ENOTDIR)
        return Failure{watchglass::codes::not_found, Next::give_up, detail, ""};
    if (error == EACCES || error == EPERM)
        return Failure{codes::journal_not_permitted, Next::give_up, detail, ""};
    return Failure{watchglass::codes::io_error, Next::tell_operator, detail, ""};
}

bool is_segment(const fs::path& file) {
    return device::parse_segment_name(file.filename().string()).has_value();
}

/// Names of regular files in a directory, sorted. Directories go to `below`.
Result<std::vector<std::string>> list(const fs::path& directory, std::vector<fs::path>* below = nullptr) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
        std::error_code ignored;
        if (it->is_regular_file(ignored)) names.push_back(it->path().filename().string());
        const bool enter = below != nullptr && !it->is_symlink(ignored) && it->is_directory(ignored);
        if (enter) below->push_back(it->path());
    }
    if (error) return failed(trouble(directory, error.value()));
    std::sort(names.begin(), names.end());
    if (below != nullptr) std::sort(below->begin(), below->end());
    return names;
}

template <class T>
void remove_repeats(std::vector<T>& all) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
}

/// Journals at or below a directory. What may not be read is told only when nothing else was found.
void find_below(const fs::path& directory, int levels, std::vector<fs::path>& found,
                std::optional<Failure>& closed_door) {
    std::vector<fs::path> below;
    const auto names = list(directory, &below);
    if (!names) {
        if (!closed_door) closed_door = names.error();
        return;
    }
    if (std::any_of(names->begin(), names->end(), [](const std::string& name) { return is_segment(name); })) {
        found.push_back(directory);
    }
    if (levels == 0) return;
    for (const fs::path& next : below) find_below(next, levels - 1, found, closed_door);
}

struct Snapshot {
    Bytes bytes;
    struct stat before {};
    struct stat after {};
    /// Two writes within one tick of the file system's clock leave the same time.
    [[nodiscard]] bool surely_settled() const {
        return before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
               before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && after.st_mtim.tv_sec + 2 < ::time(nullptr);
    }
};

Result<Snapshot> read_once(const fs::path& path) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    Snapshot snapshot;
    if (!fd || ::fstat(fd.get(), &snapshot.before) != 0) return failed(trouble(path, errno));
    if (!S_ISREG(snapshot.before.st_mode)) {
        return failed(
            Failure{codes::not_a_journal, Next::give_up, path.string() + " is no regular file.", ""});
    }
    snapshot.bytes.resize(std::min(static_cast<std::size_t>(snapshot.before.st_size), bytes_most));
    std::size_t total = 0;
    while (total < snapshot.bytes.size()) {
        const ssize_t got = ::pread(fd.get(), snapshot.bytes.data() + total, snapshot.bytes.size() - total,
                                    static_cast<off_t>(total));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(trouble(path, errno));
        if (got == 0) break;
        total += static_cast<std::size_t>(got);
    }
    snapshot.bytes.resize(total);
    if (::fstat(fd.get(), &snapshot.after) != 0) return failed(trouble(path, errno));
    return snapshot;
}

/// The bytes of one moment: a writer between two of our reads would look like damage. False in `settled` when it never
/// paused.
Result<Bytes> read_settled(const fs::path& path, bool& settled) {
    auto snapshot = read_once(path);
    bool sure = snapshot && snapshot->surely_settled();
    for (int tries = 0; snapshot && !sure && tries < tries_most; ++tries) {
        auto again = read_once(path);
        sure = again && again->bytes == snapshot->bytes;
        snapshot = std::move(again);
    }
    if (!snapshot) return failed(snapshot);
    settled = sure;
    return std::move(snapshot->bytes);
}

/// Asked of the kernel's list, because trying the lock would keep an agent from starting at that moment.
bool is_locked(const fs::path& directory) {
    struct stat about {};
    if (::stat(directory.c_str(), &about) != 0) return false;
    const std::string wanted =
        fmt::format(" {:02x}:{:02x}:{} ", major(about.st_dev), minor(about.st_dev), about.st_ino);
    const auto locks = read_file("/proc/locks");
    if (!locks) return false;
    std::size_t at = 0;
    while (at < locks->size()) {
        const std::size_t end = std::min(locks->find('\n', at), locks->size());
        const auto line = std::string_view{*locks}.substr(at, end - at);
        if (line.find("FLOCK") != std::string_view::npos && line.find(wanted) != std::string_view::npos)
            return true;
        at = end + 1;
    }
    return false;
}

/// Nothing in it says that it ever was a segment.
bool has_nothing_of_a_segment(const SegmentSurvey& segment) {
    return segment.known_by == SegmentSurvey::KnownBy::nothing && segment.places == 0 &&
           segment.streams.empty() && !segment.name.ends_with(".wgj") && !segment.name.ends_with(".wgj.new");
}

/// One journal while it is being read.
struct Reader {
    bool records = false;
    LookedAt looked{};
    std::vector<SegmentSurvey> segments{};

    Result<void> read(const std::string& name, bool gone_is_fine) {
        bool settled = true;
        const auto bytes = read_settled(looked.directory / name, settled);
        if (!settled) looked.changed = true;
        if (!bytes) {
            const Failure& failure = bytes.error();
            if (gone_is_fine && failure.code == watchglass::codes::not_found) {
                looked.changed = true;
                return {};
            }
            if (failure.code != watchglass::codes::io_error) return failed(failure);
            segments.push_back(device::unreadable_segment(name, failure.detail));
            looked.records.emplace_back();
            return {};
        }
        std::vector<device::SurveyedRecord> all;
        const auto keep = [&](const device::SurveyedRecord& record) { all.push_back(record); };
        segments.push_back(
            device::survey_segment(name, *bytes, records ? device::EachRecord{keep} : nullptr));
        if (has_nothing_of_a_segment(segments.back())) {
            return failed(
                Failure{codes::not_a_journal, Next::give_up, (looked.directory / name).string() + ".", ""});
        }
        looked.records.push_back(std::move(all));
        return {};
    }

    LookedAt finish() {
        looked.in_use = is_locked(looked.directory);
        auto notes = std::move(looked.survey.findings);
        looked.survey = device::survey_journal(std::move(segments), looked.whole);
        looked.survey.findings.insert(looked.survey.findings.end(), notes.begin(), notes.end());
        return std::move(looked);
    }
};

Result<LookedAt> look_at_listed(const fs::path& directory, const std::vector<std::string>& names,
                                bool records) {
    Reader reader{records};
    reader.looked.directory = directory;
    for (const std::string& name : names) {
        if (is_segment(name)) {
            if (auto read = reader.read(name, true); !read) return failed(read);
        } else if (name.ends_with(".wgj.new") || name.ends_with(".wgj")) {
            reader.looked.survey.findings.push_back(
                {FindingKind::ignored_file, Grade::note, name, 0,
                 name.ends_with(".new")
                     ? "A segment whose creation was not finished; it is removed at the next "
                       "start and holds nothing that was called synced."
                     : "This is no segment's name, so the journal does not look at the file."});
        }
    }
    return reader.finish();
}

/// Once more when files came or went meanwhile: what one of them says of another would be of two moments.
Result<LookedAt> look_at_directory(const fs::path& directory, bool records) {
    for (int tries = 1;; ++tries) {
        const auto names = list(directory);
        if (!names) return failed(names);
        auto looked = look_at_listed(directory, *names, records);
        if (!looked) return looked;
        const auto again = list(directory);
        const bool same = again && *again == *names;
        if (same || tries == tries_most) {
            if (!same) looked->changed = true;
            return looked;
        }
    }
}

Result<LookedAt> look_at_files(const fs::path& directory, const std::vector<std::string>& names,
                               bool records) {
    Reader reader{records};
    reader.looked.directory = directory;
    reader.looked.whole = false;
    for (const std::string& name : names) {
        if (auto read = reader.read(name, false); !read) return failed(read);
    }
    return reader.finish();
}

}  // namespace

Result<std::vector<LookedAt>> look_at_journals(const std::vector<std::string>& paths, bool records) {
    std::vector<fs::path> directories;
    std::map<fs::path, std::vector<std::string>> files;
    for (const std::string& path : paths) {
        std::error_code error;
        const auto status = fs::status(path, error);
        if (error || !fs::exists(status)) return failed(trouble(path, error ? error.value() : ENOENT));
        if (!fs::is_directory(status)) {
            files[fs::path{path}.parent_path()].push_back(fs::path{path}.filename().string());
            continue;
        }
        std::vector<fs::path> found;
        std::optional<Failure> closed_door;
        find_below(path, levels_most, found, closed_door);
        if (found.empty() && closed_door) return failed(*closed_door);
        if (found.empty()) return failed(Failure{codes::no_journal, Next::give_up, path + ".", ""});
        directories.insert(directories.end(), found.begin(), found.end());
    }
    remove_repeats(directories);
    std::vector<LookedAt> all;
    for (const fs::path& directory : directories) {
        auto looked = look_at_directory(directory, records);
        if (!looked) return failed(looked);
        all.push_back(std::move(*looked));
    }
    for (auto& [directory, names] : files) {
        remove_repeats(names);
        auto looked = look_at_files(directory.empty() ? fs::path{"."} : directory, names, records);
        if (!looked) return failed(looked);
        all.push_back(std::move(*looked));
    }
    return all;
}

}  // namespace watchglass::cli
