#include "train/group_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/stopwatch.h"
#include "base/text.h"

namespace ae {

namespace {

constexpr double kLookSeconds = 0.1;  // between two looks at signals
constexpr double kSaveSeconds = 60;   // between two looks at whether to save

}  // namespace

GroupTraining::GroupTraining(ModelGroup& group, std::uint32_t images, std::vector<History> histories)
    : group_(group),
      images_(images),
      histories_(std::move(histories)),
      models_(histories_.size()),
      epoch_(static_cast<int>(histories_.front().size())) {
    std::iota(models_.begin(), models_.end(), std::size_t{0});
}

bool GroupTraining::run(int epochs, GroupObserver& observer) {
    Stopwatch since_checkpoint;
    while (epoch_ < epochs && !models_.empty()) {
        if (observer.stop_requested()) return false;
        const int count = epochs_at_once(epochs);
        const Stopwatch watch;
        const auto results = group_.run_epochs(count);
        epoch_seconds_ = watch.seconds() / count;
        record(results, observer);
        epoch_ += count;
        if (since_checkpoint.seconds() < kSaveSeconds || epoch_ >= epochs) continue;
        observer.on_checkpoint();
        since_checkpoint = {};
    }
    return true;
}

int GroupTraining::epochs_at_once(int epochs) const {
    if (!(epoch_seconds_ > 0)) return 1;
    const auto most = static_cast<int>(std::clamp(kLookSeconds / epoch_seconds_, 1.0, 1000.0));
    return std::min(most, epochs - epoch_);
}

void GroupTraining::record(const std::vector<std::vector<EpochResult>>& results, GroupObserver& observer) {
    const double share = epoch_seconds_ / static_cast<double>(models_.size());
    std::vector<std::size_t> left;
    for (std::size_t place = 0; place < models_.size(); ++place) {
        const std::size_t model = models_[place];
        std::string note;
        for (const EpochResult& result : results[place]) {
            const int epoch = static_cast<int>(histories_[model].size()) + 1;
            if (!std::isfinite(result.loss)) {
                note = fmt::format("diverged: the loss of epoch {} is {}", epoch, without_sign_of_nan(result.loss));
                break;
            }
            histories_[model].push_back({.epoch = epoch,
                                         .loss = result.loss,
                                         .val_loss = result.validation.bce,
                                         .val_mse = result.validation.mse,
                                         .seconds = share,
                                         .images_per_s = images_ / share});
            observer.on_epoch(model, histories_[model].back());
        }
        if (note.empty())
            left.push_back(model);
        else
            observer.on_divergence(model, note);
    }
    keep(left);
}

void GroupTraining::keep(const std::vector<std::size_t>& models) {
    std::vector<int> places;
    std::vector<std::size_t> left;
    for (std::size_t place = 0; place < models_.size(); ++place)
        if (std::ranges::find(models, models_[place]) != models.end()) {
            places.push_back(static_cast<int>(place));
            left.push_back(models_[place]);
        }
    if (left.size() == models_.size()) return;
    if (!left.empty()) group_.keep(places);
    models_ = std::move(left);
}

State GroupTraining::state(std::size_t model) {
    return group_.state(static_cast<int>(std::ranges::find(models_, model) - models_.begin()));
}

}  // namespace ae
