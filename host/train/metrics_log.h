// A run's figures for other programs: metrics.csv, one row an epoch, and metrics.jsonl, one object an event.
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "ae/history.h"
#include "file/atomic_file.h"

namespace ae {

/// Columns epoch (from 1), loss, val_loss, val_mse, images_per_s, seconds; numbers in 9 digits.
std::string metrics_csv(const History& history);

/// The epoch's figures under their names in metrics.csv.
nlohmann::ordered_json epoch_json(const EpochRecord& record);

/// A file that grows by whole lines. A line is one write without a wait for the disk, since an epoch may take
/// milliseconds; an incomplete line, left by a kill or a full disk, is removed.
class LineLog {
public:
    /// Opens or creates the file; removes an incomplete last line. Throws OutputError.
    explicit LineLog(std::filesystem::path path);

    /// Adds `line`, which ends with its newline, whole or not at all. Throws OutputError.
    void add(std::string_view line);

    const std::filesystem::path& path() const { return path_; }
    void cut(std::uint64_t length);  ///< throws OutputError

private:
    std::filesystem::path path_;
    FileDescriptor fd_;
};

/// metrics.csv. It begins with the history, so that a resumed run neither doubles nor loses a row.
class EpochTable {
public:
    /// Throws OutputError, as does add().
    EpochTable(const std::filesystem::path& path, const History& history);
    void add(const EpochRecord& record);

private:
    LineLog log_;
};

/// metrics.jsonl
class EventLog {
public:
    /// Throws OutputError, as does add().
    explicit EventLog(std::filesystem::path path) : log_(std::move(path)) {}

    /// Removes the lines after the end of this epoch: a run that continues from there writes them once more. Of a file
    /// that cannot be read, nothing. Throws OutputError.
    void cut_after(int epoch);

    /// Adds {"event": …, "time": …} and the fields. Numbers have 9 digits; NaN and infinity become null, and
    /// "nan": true says so.
    void add(const std::string& event, const nlohmann::ordered_json& fields);

private:
    LineLog log_;
};

}  // namespace ae
