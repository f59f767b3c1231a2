#include "train/earlier_run.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "ae/error.h"
#include "file/atomic_file.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

fs::path aside(const fs::path& file) {
    return file.parent_path() / (fmt::format(".{}.earlier", file.filename().string()));
}

}  // namespace

void EarlierRunFiles::set_aside(const std::vector<fs::path>& logs) {
    is_new_ = true;  // from the first rename on, so that the destructor undoes them
    for (const fs::path& log : logs) {
        if (look_at(log).kind == PathKind::missing) continue;
        if (std::rename(log.c_str(), aside(log).c_str()) != 0)
            throw output_error(log, "cannot set the earlier run's file aside", errno);
        logs_.push_back(log);
    }
}

EarlierRunFiles::EarlierRunFiles(EarlierRunFiles&& other) noexcept
    : logs_(std::move(other.logs_)), is_new_(std::exchange(other.is_new_, false)) {}

EarlierRunFiles::~EarlierRunFiles() {
    if (is_new_) restore(logs_);
}

void EarlierRunFiles::forget(const std::vector<fs::path>& results) {
    if (!std::exchange(is_new_, false)) return;
    for (const fs::path& log : logs_) remove_file(aside(log));
    for (const fs::path& result : results) remove_file(result);
}

void EarlierRunFiles::restore(const std::vector<fs::path>& logs) {
    for (const fs::path& log : logs)
        if (look_at(aside(log)).exists()) (void)std::rename(aside(log).c_str(), log.c_str());
}

bool is_of_a_run(const fs::path& file) {
    const PathLook look = look_at(file);
    if (look.kind == PathKind::unreadable) throw output_error(file, "cannot look at it", look.error_number);
    if (look.kind != PathKind::file) return false;
    std::string begin;
    try {
        begin = beginning_of(file, 64);
    } catch (const DataError& error) {
        throw OutputError(error.what());
    }
    const std::string name = file.filename().string();
    if (begin.empty()) return true;
    if (name.ends_with(".safetensors")) return file_kind(begin) == FileKind::safetensors;
    if (name.ends_with(".png")) return file_kind(begin) == FileKind::png;
    if (name.ends_with(".csv")) return begin.starts_with("epoch,loss,");
    if (name.ends_with(".jsonl")) return begin.starts_with("{\"event\":");
    return begin.starts_with("{\n  \"made_by\":") || begin.starts_with("{\n  \"version\":");  // the latter until 0.1
}

}  // namespace ae
