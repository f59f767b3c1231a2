// The folder of a sweep: its lock, its files, the run folders of the models that are kept.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "file/atomic_file.h"
#include "train/sweep_file.h"

namespace ae {

/// Holds the lock of the folder for as long as it lives, unless another rank does.
class SweepFolder {
public:
    /// A new sweep; `path` empty: sweeps/<time>. Throws UsageError where the folder holds a sweep or a run, OutputError
    /// where it cannot be created or another process holds its lock.
    static SweepFolder begin(const std::filesystem::path& path);

    /// A sweep to continue. Throws OutputError as begin() does.
    static SweepFolder resume(const std::filesystem::path& path);

    /// The folder of a sweep that another rank has begun and holds. Throws OutputError where this one does not see it.
    static SweepFolder join(const std::filesystem::path& path);

    /// The sweep.json of a folder. Throws UsageError where there is none.
    static std::filesystem::path file_of(const std::filesystem::path& folder);

    /// Whether a folder holds a sweep.
    static bool is_one(const std::filesystem::path& folder);
    /// The run folders of the models that a sweep has kept, in the order of their numbers.
    static std::vector<std::filesystem::path> kept_runs(const std::filesystem::path& folder);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path json() const { return path_ / "sweep.json"; }
    std::filesystem::path csv() const { return path_ / "sweep.csv"; }
    std::filesystem::path page() const { return path_ / "sweep.html"; }

    /// The run folder of a model, relative to path(): "models/0012".
    static std::string run_of(std::size_t model);
    /// The checkpoint of a model that is not done; its folder exists.
    std::filesystem::path checkpoint_of(std::size_t model) const;
    void remove_checkpoint(std::size_t model) const;

    /// Writes sweep.json and sweep.csv. Throws OutputError.
    void write(const Sweep& sweep, const SweepOrigin& origin);

    /// The same, if enough time has passed since the last time that writing takes a twentieth of it at most.
    void write_if_due(const Sweep& sweep, const SweepOrigin& origin);

    /// Removes what only an unfinished sweep needs.
    void finish() const;

private:
    SweepFolder(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
    static SweepFolder lock(const std::filesystem::path& path);

    std::filesystem::path path_;
    FileDescriptor lock_;
    std::chrono::steady_clock::time_point next_write_ = std::chrono::steady_clock::now();
};

}  // namespace ae
