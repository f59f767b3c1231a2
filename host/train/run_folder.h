// The folder a training run leaves its files in, and the lock that keeps a second run out of it.
#pragma once
#include <ctime>
#include <filesystem>
#include <vector>

#include "file/atomic_file.h"
#include "train/earlier_run.h"

namespace ae {

/// The treatment of a run that is already in the folder.
enum class EarlierRun {
    refuse,
    replace,   ///< --force: it stays until has_checkpoint()
    continue_  ///< --resume: its checkpoint must be there
};

/// The files that a run leaves in its folder, whether they exist or not.
std::vector<std::filesystem::path> files_of_run(const std::filesystem::path& folder);

/// The folder in `parent` with the latest checkpoint; empty if none has one.
std::filesystem::path latest_run(const std::filesystem::path& parent = "runs");

/// A new folder parent/YYYY-MM-DD_HH-MM-SS, local time; with -2, -3, … if that is taken. Throws OutputError.
std::filesystem::path make_folder_named_by_time(const std::filesystem::path& parent, std::time_t now);

/// Removes the files of a run and then its folder, unless other files are in it.
void remove_run(const std::filesystem::path& folder);

/// Holds the lock of a run folder for as long as it lives.
class RunFolder {
public:
    /// Creates the folder if it is missing, locks it, removes temporary files of killed writers.
    /// Throws UsageError: holds another run (refuse), a file that no run left (replace), no checkpoint (continue_);
    /// OutputError: cannot be created, locked by another process (named).
    RunFolder(const std::filesystem::path& path, EarlierRun earlier);

    /// In a new folder, see make_folder_named_by_time().
    static RunFolder named_by_time(const std::filesystem::path& parent = "runs", std::time_t now = std::time(nullptr));

    RunFolder(RunFolder&&) = default;
    RunFolder& operator=(RunFolder&&) = delete;

    /// Whether another run is there until this one has a checkpoint.
    bool replaces() const { return earlier_.waits(); }

    /// The run has written a checkpoint: an earlier run that it replaces is removed.
    void has_checkpoint() { earlier_.forget({model(), picture()}); }

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path model() const { return path_ / "model.safetensors"; }
    std::filesystem::path checkpoint() const { return path_ / "checkpoint.safetensors"; }
    std::filesystem::path metrics_csv() const { return path_ / "metrics.csv"; }
    std::filesystem::path metrics_jsonl() const { return path_ / "metrics.jsonl"; }
    std::filesystem::path config() const { return path_ / "config.json"; }
    std::filesystem::path picture() const { return path_ / "reconstructions.png"; }

private:
    void settle(EarlierRun earlier) const;
    std::vector<std::filesystem::path> logs() const { return {metrics_csv(), metrics_jsonl(), config()}; }

    std::filesystem::path path_;
    FileDescriptor lock_;
    EarlierRunFiles earlier_;  // put back, if it must be, before the lock is released
};

}  // namespace ae
