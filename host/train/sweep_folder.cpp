#include "train/sweep_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "ae/error.h"
#include "base/json_text.h"
#include "file/paths.h"
#include "train/folder_lock.h"
#include "train/run_folder.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr const char *kCheckpoints = "checkpoints", *kModels = "models";

void create_in(const fs::path& path) {
    if (const int error = create_folders(path)) throw output_error(path, "cannot create the folder", error);
}

}  // namespace

SweepFolder SweepFolder::lock(const fs::path& path) {
    create_in(path);
    SweepFolder folder(path, lock_folder(path));
    remove_leftovers(path);
    return folder;
}

SweepFolder SweepFolder::begin(const fs::path& path) {
    SweepFolder folder = lock(path.empty() ? make_folder_named_by_time("sweeps", std::time(nullptr)) : path);
    for (const fs::path& file :
         {folder.json(), folder.path_ / "model.safetensors", folder.path_ / "checkpoint.safetensors"})
        if (look_at(file).exists())
            throw UsageError(fmt::format("{}: holds another {} ({}); {}--out takes another folder", path.string(),
                                         file == folder.json() ? "sweep" : "run", file.filename().string(),
                                         file == folder.json() ? "--resume continues it, " : ""));
    create_in(folder.path_ / kCheckpoints);
    return folder;
}

SweepFolder SweepFolder::resume(const fs::path& path) {
    SweepFolder folder = lock(path);
    create_in(path / kCheckpoints);
    remove_leftovers(path / kCheckpoints);
    return folder;
}

SweepFolder SweepFolder::join(const fs::path& path) {
    if (!is_folder(path / kCheckpoints))
        throw OutputError(
            fmt::format("{}: rank 0 has made this folder, and it is not here; --out has to be on a file "
                        "system that all ranks see",
                        path.string()));
    return SweepFolder(path, FileDescriptor());
}

fs::path SweepFolder::file_of(const fs::path& folder) {
    const fs::path file = folder / "sweep.json";
    if (is_file(file)) return file;
    throw UsageError(fmt::format("{}: holds no sweep.json, so there is no sweep to resume", folder.string()));
}

bool SweepFolder::is_one(const fs::path& folder) {
    return is_file(folder / "sweep.json");
}

std::vector<fs::path> SweepFolder::kept_runs(const fs::path& folder) {
    return is_folder(folder / kModels) ? entries_of(folder / kModels) : std::vector<fs::path>();
}

std::string SweepFolder::run_of(std::size_t model) {
    return fmt::format("{}/{:04}", kModels, model + 1);
}

fs::path SweepFolder::checkpoint_of(std::size_t model) const {
    return path_ / kCheckpoints / fmt::format("{:04}.safetensors", model + 1);
}

void SweepFolder::remove_checkpoint(std::size_t model) const {
    remove_file(checkpoint_of(model));
}

void SweepFolder::write(const Sweep& sweep, const SweepOrigin& origin) {
    using Clock = std::chrono::steady_clock;
    constexpr auto kBetweenWrites = std::chrono::seconds(2);
    constexpr int kShare = 20;
    const Clock::time_point start = Clock::now();
    write_file(csv(), sweep_csv(sweep));
    write_file(json(), json_text(sweep_json(sweep, origin), 1) + "\n");
    const Clock::time_point end = Clock::now();
    next_write_ = end + std::max<Clock::duration>(kBetweenWrites, kShare * (end - start));
}

void SweepFolder::write_if_due(const Sweep& sweep, const SweepOrigin& origin) {
    if (std::chrono::steady_clock::now() >= next_write_) write(sweep, origin);
}

void SweepFolder::finish() const {
    remove_empty_folder(path_ / kCheckpoints);
}

}  // namespace ae
