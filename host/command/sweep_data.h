// The images of a sweep, read once for all its models.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "ae/engine.h"
#include "command/train_arguments.h"
#include "data/data_selection.h"

namespace ae {

/// The images that models with one seed train on and validate on.
struct SeedImages {
    SelectedData selected;
    std::shared_ptr<const CpuImageSets> on_cpu;  ///< none where models train on a GPU
};

/// With --val split:F a model's seed draws the images that are held out, so that models of different seeds have
/// different ones; otherwise all models share the same.
class SweepData {
public:
    /// `is_on_cpu`: whether the CPU engine's form of the images is made as well, for all engines together.
    SweepData(Dataset all, const TrainArguments& arguments, bool is_on_cpu);

    /// Any thread may ask. Images that nobody uses are given up, but for the last.
    std::shared_ptr<const SeedImages> of(std::uint64_t seed);

private:
    std::shared_ptr<const SeedImages> make(Dataset data, std::uint64_t seed) const;

    Dataset all_;  ///< moved from where no model's seed draws images
    DataSelection selection_;
    bool is_by_seed_;
    Scaling scaling_;
    bool is_on_cpu_;
    std::mutex mutex_;
    std::map<std::uint64_t, std::weak_ptr<const SeedImages>> by_seed_;
    std::shared_ptr<const SeedImages> last_;
};

}  // namespace ae
