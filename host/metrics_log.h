// A run's figures for other programs: metrics.csv, one row an epoch, and metrics.jsonl, one object an event.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "ae/history.h"
#include "atomic_file.h"

namespace ae {

/// Columns epoch (from 1), loss, val_loss, val_mse, images_per_s, seconds; numbers in 9 digits.
std::string metrics_csv(const History& history);

/// Rewrites the file from the history, so that a resumed run neither doubles nor loses a row. Throws OutputError.
void write_metrics_csv(const std::filesystem::path& path, const History& history);

/// The epoch's figures under their names in metrics.csv.
nlohmann::ordered_json epoch_json(const EpochRecord& record);

/// A file that grows by whole lines. A line is one write; what a kill or a full disk left of one is removed.
class EventLog {
public:
    /// Opens or creates the file; removes a last line that has no end. Throws OutputError.
    explicit EventLog(std::filesystem::path path);

    /// Adds {"event": …, "time": …} and the fields. Numbers have 9 digits; NaN and infinity become null, and
    /// "nan": true says so. Throws OutputError.
    void add(const std::string& event, const nlohmann::ordered_json& fields);

private:
    std::filesystem::path path_;
    FileDescriptor fd_;
};

}  // namespace ae
