#include "train/kept_models.h"

#include "file/paths.h"
#include "train/run_folder.h"
#include "train/sweep_folder.h"

namespace ae {

namespace {

bool is_whole_run(const std::filesystem::path& folder) {
    return is_file(folder / "model.safetensors") && is_file(folder / "checkpoint.safetensors");
}

}  // namespace

KeptModels::KeptModels(std::size_t most, std::optional<std::filesystem::path> folder, Sweep& sweep)
    : most_(most), folder_(std::move(folder)) {
    for (std::size_t i = 0; i < sweep.models.size(); ++i)
        if (sweep.models[i].end == SweptEnd::done) kept_.emplace(sweep.models[i].val_loss(), i);
    while (kept_.size() > most_) remove_worst(sweep);
    if (!folder_) return;
    std::erase_if(kept_, [&](const Entry& entry) {
        SweptModel& model = sweep.models[entry.second];
        const bool is_lost = model.folder.empty() || !is_whole_run(*folder_ / model.folder);
        if (is_lost) model = {};
        return is_lost;
    });
}

bool KeptModels::wants(const Sweep& sweep, std::size_t model) const {
    if (kept_.size() < most_) return true;
    return most_ > 0 && Entry(sweep.models[model].val_loss(), model) < *kept_.rbegin();
}

void KeptModels::add(Sweep& sweep, std::size_t model) {
    sweep.models[model].folder = SweepFolder::run_of(model);
    kept_.emplace(sweep.models[model].val_loss(), model);
    if (kept_.size() > most_) remove_worst(sweep);
}

void KeptModels::remove_worst(Sweep& sweep) {
    const std::size_t worst = kept_.rbegin()->second;
    std::string& run = sweep.models[worst].folder;
    if (folder_ && !run.empty()) remove_run(*folder_ / run);
    run.clear();
    kept_.erase(std::prev(kept_.end()));
}

}  // namespace ae
