#include "command/sweep_data.h"

#include <utility>

namespace ae {

SweepData::SweepData(Dataset all, const TrainArguments& arguments, bool is_on_cpu)
    : selection_(arguments.selection),
      is_by_seed_(selection_.held_out() && !selection_.held_out()->seed),
      scaling_(arguments.settings.scaling),
      is_on_cpu_(is_on_cpu) {
    if (is_by_seed_)
        all_ = std::move(all);
    else
        last_ = make(std::move(all), arguments.settings.seed);
}

std::shared_ptr<const SeedImages> SweepData::of(std::uint64_t seed) {
    if (!is_by_seed_) return last_;
    const std::lock_guard lock(mutex_);
    if (std::shared_ptr<const SeedImages> images = by_seed_[seed].lock()) return images;
    last_ = make(all_, seed);
    by_seed_[seed] = last_;
    return last_;
}

std::shared_ptr<const SeedImages> SweepData::make(Dataset data, std::uint64_t seed) const {
    auto images = std::make_shared<SeedImages>(SeedImages{select(std::move(data), selection_, seed), nullptr});
    images->selected.bring_to(Scale::fit(scaling_, images->selected.data.train));
    if (is_on_cpu_) images->on_cpu = cpu_images(images->selected.data);
    return images;
}

}  // namespace ae
