// SPDX-License-Identifier: Apache-2.0
#define FUSE_USE_VERSION 35

#include "test/faults/support/lossy_disk.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <errno.h>
#include <fuse3/fuse.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace watchglass::faults {
namespace {

LossyStore& store() { return *static_cast<LossyStore*>(fuse_get_context()->private_data); }

/// The power was lost in this operation: whoever asked for it dies before it hears of it.
int answered(int answer) {
    if (answer == -EIO && !store().powered()) ::kill(fuse_get_context()->pid, SIGKILL);
    return answer;
}

void fill(const LossyStore::Status& status, struct stat& out) {
    out = {};
    out.st_mode = status.directory ? (S_IFDIR | 0700) : (S_IFREG | 0600);
    out.st_nlink = 1;
    out.st_uid = ::geteuid();
    out.st_gid = ::getegid();
    out.st_size = static_cast<off_t>(status.bytes);
}

void* on_init(fuse_conn_info*, fuse_config* config) {
    // Nothing is remembered by the kernel: every question and every byte comes here.
    config->entry_timeout = 0;
    config->attr_timeout = 0;
    config->negative_timeout = 0;
    config->kernel_cache = 0;
    config->direct_io = 1;
    config->hard_remove = 1;
    config->nullpath_ok = 1;
    return fuse_get_context()->private_data;
}

int on_getattr(const char* path, struct stat* out, fuse_file_info* info) {
    LossyStore::Status status;
    const int bad = info != nullptr ? store().status(info->fh, status) : store().status(path, status);
    if (bad == 0) fill(status, *out);
    return bad;
}
int on_mkdir(const char* path, mode_t) { return answered(store().make_directory(path)); }
int on_unlink(const char* path) { return answered(store().remove(path)); }
int on_rename(const char* from, const char* to, unsigned) { return answered(store().rename(from, to)); }
int on_create(const char* path, mode_t, fuse_file_info* info) {
    return answered(store().create(path, info->fh));
}
int on_open(const char* path, fuse_file_info* info) { return answered(store().open(path, info->fh)); }
int on_release(const char*, fuse_file_info* info) { return store().close(info->fh), 0; }
int on_read(const char*, char* into, size_t size, off_t at, fuse_file_info* info) {
    Bytes bytes;
    if (const int bad = store().read(info->fh, static_cast<std::uint64_t>(at), size, bytes); bad != 0)
        return answered(bad);
    std::memcpy(into, bytes.data(), bytes.size());
    return static_cast<int>(bytes.size());
}
int on_write(const char*, const char* from, size_t size, off_t at, fuse_file_info* info) {
    const ByteSpan bytes{reinterpret_cast<const std::uint8_t*>(from), size};
    const int bad = answered(store().write(info->fh, static_cast<std::uint64_t>(at), bytes));
    return bad != 0 ? bad : static_cast<int>(size);
}
int on_truncate(const char* path, off_t size, fuse_file_info* info) {
    const auto bytes = static_cast<std::uint64_t>(size);
    return answered(info != nullptr ? store().resize(info->fh, bytes) : store().resize(path, bytes));
}
int on_fallocate(const char*, int mode, off_t at, off_t size, fuse_file_info* info) {
    if (mode != 0) return -EOPNOTSUPP;
    LossyStore::Status status;
    if (const int bad = store().status(info->fh, status); bad != 0) return bad;
    return answered(store().resize(info->fh, std::max(status.bytes, static_cast<std::uint64_t>(at + size))));
}
int on_fsync(const char*, int, fuse_file_info* info) { return answered(store().sync(info->fh)); }
int on_opendir(const char* path, fuse_file_info* info) { return answered(store().open(path, info->fh)); }
int on_readdir(const char*, void* buffer, fuse_fill_dir_t fill_in, off_t, fuse_file_info* info,
               fuse_readdir_flags) {
    std::vector<std::string> names;
    if (const int bad = store().list(info->fh, names); bad != 0) return answered(bad);
    for (const std::string& name : names) fill_in(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{});
    return 0;
}
int on_fsyncdir(const char*, int, fuse_file_info* info) { return answered(store().sync_names(info->fh)); }

fuse_operations operations() {
    fuse_operations all{};
    all.init = on_init;
    all.getattr = on_getattr;
    all.mkdir = on_mkdir;
    all.unlink = on_unlink;
    all.rename = on_rename;
    all.create = on_create;
    all.open = on_open;
    all.release = on_release;
    all.read = on_read;
    all.write = on_write;
    all.truncate = on_truncate;
    all.fallocate = on_fallocate;
    all.fsync = on_fsync;
    all.opendir = on_opendir;
    all.releasedir = on_release;
    all.readdir = on_readdir;
    all.fsyncdir = on_fsyncdir;
    return all;
}

}  // namespace

struct LossyDisk::Mount {
    Mount(LossyStore& store, std::filesystem::path mount_point) : where(std::move(mount_point)) {
        static const fuse_operations all = operations();
        char program[] = "lossy_disk";
        char* words[] = {program, nullptr};
        fuse_args arguments = FUSE_ARGS_INIT(1, words);
        handle = fuse_new(&arguments, &all, sizeof all, &store);
        fuse_opt_free_args(&arguments);
        if (handle == nullptr) throw std::runtime_error("FUSE could not be set up");
        if (fuse_mount(handle, where.c_str()) != 0) {
            fuse_destroy(handle);
            throw std::runtime_error("a FUSE file system could not be mounted");
        }
        server = std::thread([this] { fuse_loop(handle); });
    }
    ~Mount() {
        fuse_exit(handle);
        // The loop looks at that after its next request. Should it have looked already, the unmount answers this one.
        std::thread request([this] {
            std::error_code ignored;
            (void)std::filesystem::exists(where / "anything", ignored);
        });
        server.join();
        fuse_unmount(handle);
        request.join();
        fuse_destroy(handle);
    }
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;

    std::filesystem::path where;
    fuse* handle = nullptr;
    std::thread server;
};

std::string LossyDisk::trouble() {
    try {
        const LossyDisk disk;
        return "";
    } catch (const std::exception& why) {
        return std::string{why.what()} + "; it takes /dev/fuse and, for an ordinary user, fusermount3";
    }
}

LossyDisk::LossyDisk() : mount_(std::make_unique<Mount>(store_, mount_point_.path())) {}
LossyDisk::~LossyDisk() = default;

}  // namespace watchglass::faults
