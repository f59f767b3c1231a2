// The models of a sweep whose run folders stay: those with the lowest val_loss.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "train/sweep.h"

namespace ae {

class KeptModels {
public:
    /// Keeps up to `most` models, in run folders below `folder`; without one, only in the list, where another process
    /// sees to the folders. A model of `sweep` that should have a run folder, as one that is done and among the best,
    /// and has none is set back, to be trained once more; the folders of others are removed.
    KeptModels(std::size_t most, std::optional<std::filesystem::path> folder, Sweep& sweep);

    /// Whether a model that is done now is to be kept.
    bool wants(const Sweep& sweep, std::size_t model) const;

    /// Its run folder is complete: notes it in `sweep`, and removes the folder of the model that is one too many.
    void add(Sweep& sweep, std::size_t model);

private:
    using Entry = std::pair<double, std::size_t>;  ///< val_loss, model

    void remove_worst(Sweep& sweep);

    std::size_t most_;
    std::optional<std::filesystem::path> folder_;
    std::set<Entry> kept_;
};

}  // namespace ae
