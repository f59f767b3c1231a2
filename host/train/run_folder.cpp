#include "train/run_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <vector>

#include "ae/error.h"
#include "file/paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLockName = ".lock";

void create(const fs::path& path) {
    if (const int error = create_folders(path)) throw output_error(path, "cannot create the run folder", error);
}

/// The process number that the holder wrote into the lock; 0 if it has not yet.
pid_t holder(int lock) {
    char text[32];
    const ssize_t n = ::pread(lock, text, sizeof text, 0);
    pid_t pid = 0;
    std::from_chars(text, text + std::max<ssize_t>(n, 0), pid);
    return pid;
}

/// The kernel releases the lock when its holder ends, in any way: the lock file of a killed run is no obstacle.
FileDescriptor lock(const fs::path& folder) {
    const fs::path path = folder / kLockName;
    FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!fd.valid()) throw output_error(path, "cannot open the lock", errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) throw output_error(path, "cannot lock the run folder", errno);
        throw OutputError(
            fmt::format("{}: process {} is training into this folder; wait for it, or choose another --out",
                        folder.string(), holder(fd.get())));
    }
    if (::ftruncate(fd.get(), 0) != 0 || !write_all(fd.get(), fmt::format("{}\n", ::getpid())))
        throw output_error(path, "cannot write the lock", errno);
    return fd;
}

}  // namespace

RunFolder::RunFolder(const fs::path& path, EarlierRun earlier) : path_(path) {
    if (earlier == EarlierRun::continue_ && !is_file(checkpoint()))
        throw UsageError(
            fmt::format("{}: holds no checkpoint.safetensors, so there is nothing to resume; give the "
                        "folder of a run, or leave --resume out",
                        path.string()));
    create(path);
    lock_ = lock(path);
    EarlierRunFiles::restore(logs());
    settle(earlier);
    remove_leftovers(path);
    if (earlier == EarlierRun::replace) earlier_.set_aside(logs());
}

RunFolder RunFolder::named_by_time(const fs::path& parent, std::time_t now) {
    create(parent);
    const fs::path first = parent / fmt::format("{:%Y-%m-%d_%H-%M-%S}", fmt::localtime(now));
    fs::path path = first;
    for (int i = 2; ::mkdir(path.c_str(), 0777) != 0; ++i) {  // of two runs in one second only one makes the folder
        if (errno != EEXIST) throw output_error(path, "cannot create the run folder", errno);
        path = fmt::format("{}-{}", first.string(), i);
    }
    return RunFolder(path, EarlierRun::refuse);
}

void RunFolder::settle(EarlierRun earlier) const {
    if (earlier == EarlierRun::continue_) return;
    for (const fs::path& file : files_of_run(path_)) {
        const PathLook look = look_at(file);
        if (look.kind == PathKind::missing) continue;
        if (!look.exists()) throw output_error(file, "cannot look at it", look.error_number);
        if (earlier == EarlierRun::refuse)
            throw UsageError(
                fmt::format("{}: holds another run ({}); --resume continues it, --force replaces it, "
                            "--out takes another folder",
                            path_.string(), file.filename().string()));
        if (!is_of_a_run(file))
            throw UsageError(
                fmt::format("{}: no run has left this file, so --force does not replace it; --out takes "
                            "another folder",
                            file.string()));
    }
}

std::vector<fs::path> files_of_run(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const char* name : {"checkpoint.safetensors", "model.safetensors", "metrics.csv", "metrics.jsonl",
                             "config.json", "reconstructions.png"})
        files.push_back(folder / name);
    return files;
}

fs::path latest_run(const fs::path& parent) {
    fs::path latest;
    std::int64_t when = 0;
    for (const fs::path& folder : is_folder(parent) ? entries_of(parent) : std::vector<fs::path>()) {
        const PathLook checkpoint = look_at(folder / "checkpoint.safetensors");
        if (checkpoint.kind != PathKind::file || (!latest.empty() && checkpoint.changed < when)) continue;
        latest = folder;
        when = checkpoint.changed;
    }
    return latest;
}

}  // namespace ae
