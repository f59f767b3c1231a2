#include "command/sweep_results.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "train/signals.h"

namespace ae {

namespace {

/// The first rank sees which run folders are there, and takes back the results of those that are not.
KeptModels kept_by_all(const SweepWork& work, SweepRanks& ranks) {
    const std::size_t most = work.arguments.kept_models();
    std::optional<KeptModels> kept;
    if (ranks.is_first()) kept.emplace(most, work.folder.path(), work.sweep);
    ranks.broadcast_results(work.sweep);
    if (!kept) kept.emplace(most, std::nullopt, work.sweep);
    return *std::move(kept);
}

}  // namespace

SweepResults::SweepResults(const SweepWork& work, SweepRanks& ranks)
    : sweep_(work.sweep),
      origin_(work.origin),
      folder_(work.folder),
      ranks_(ranks),
      kept_(kept_by_all(work, ranks)),
      progress_(work.sweep, parse_progress(work.arguments.train.progress), work.arguments.train.quiet) {}

void SweepResults::count_epoch() {
    if (ranks_.are_one())
        progress_.count_epochs(1);
    else
        ++new_epochs_;
}

void SweepResults::publish(std::size_t model) {
    if (ranks_.are_one())
        settle(model);
    else
        unpublished_.push_back(model);
}

SweepNews SweepResults::exchange(bool is_training, bool has_failed) {
    SweepNews own{.epochs = new_epochs_.exchange(0),
                  .signal = SignalGuard::received(),
                  .is_training = is_training,
                  .has_failed = has_failed};
    {
        const auto held = lock();
        own.models = std::exchange(unpublished_, {});
    }
    SweepNews all = ranks_.exchange(own, sweep_);
    if (all.signal != 0) signal_ = all.signal;
    const auto held = lock();
    progress_.count_epochs(all.epochs);
    for (const std::size_t model : all.models) settle(model);
    return all;
}

/// Every rank does this with all results in the same order, and so keeps the same models.
void SweepResults::settle(std::size_t number) {
    const SweptModel& model = sweep_.models[number];
    if (!model.folder.empty()) kept_.add(sweep_, number);
    if (model.end != SweptEnd::open) progress_.tell(number);
    write_if_due();
}

void SweepResults::drop_all_but(const std::vector<std::size_t>& settings, int epoch) {
    std::size_t dropped = 0;
    for (std::size_t setting = 0; setting < sweep_.settings.size(); ++setting) {
        if (std::ranges::binary_search(settings, setting)) continue;
        bool is_new = false;
        for (std::size_t seed = 0; seed < sweep_.seeds.size(); ++seed) {
            const std::size_t model = sweep_.model_of(setting, seed);
            if (sweep_.models[model].end != SweptEnd::open) continue;
            sweep_.models[model].end = SweptEnd::dropped;
            if (ranks_.is_first()) folder_.remove_checkpoint(model);
            is_new = true;
        }
        dropped += is_new;
    }
    progress_.tell_dropped(dropped, epoch);
    write_if_due();
}

void SweepResults::write() {
    if (ranks_.is_first()) folder_.write(sweep_, origin_);
}

void SweepResults::write_if_due() {
    if (ranks_.is_first()) folder_.write_if_due(sweep_, origin_);
}

int SweepResults::signal() const {
    return ranks_.are_one() ? SignalGuard::received() : signal_.load();
}

}  // namespace ae
