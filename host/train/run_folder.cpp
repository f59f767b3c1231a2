#include "train/run_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "ae/error.h"
#include "file/paths.h"
#include "train/folder_lock.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

void create(const fs::path& path) {
    if (const int error = create_folders(path)) throw output_error(path, "cannot create the run folder", error);
}

}  // namespace

RunFolder::RunFolder(const fs::path& path, EarlierRun earlier) : path_(path) {
    if (earlier == EarlierRun::continue_ && !is_file(checkpoint()))
        throw UsageError(
            fmt::format("{}: holds no checkpoint.safetensors, so there is nothing to resume; give the "
                        "folder of a run, or leave --resume out",
                        path.string()));
    create(path);
    lock_ = lock_folder(path);
    EarlierRunFiles::restore(logs());
    settle(earlier);
    remove_leftovers(path);
    if (earlier == EarlierRun::replace) earlier_.set_aside(logs());
}

RunFolder RunFolder::named_by_time(const fs::path& parent, std::time_t now) {
    return RunFolder(make_folder_named_by_time(parent, now), EarlierRun::refuse);
}

fs::path make_folder_named_by_time(const fs::path& parent, std::time_t now) {
    create(parent);
    const fs::path first = parent / fmt::format("{:%Y-%m-%d_%H-%M-%S}", fmt::localtime(now));
    fs::path path = first;
    for (int i = 2; ::mkdir(path.c_str(), 0777) != 0; ++i) {  // of two runs in one second only one makes the folder
        if (errno != EEXIST) throw output_error(path, "cannot create the run folder", errno);
        path = fmt::format("{}-{}", first.string(), i);
    }
    return path;
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

void remove_run(const fs::path& folder) {
    for (const fs::path& file : files_of_run(folder)) remove_file(file);
    remove_file(folder / kLockName);
    remove_empty_folder(folder);
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
