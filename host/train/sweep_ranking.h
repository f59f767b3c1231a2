// The settings of a sweep in the order of their losses, with spreads over seeds.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "train/sweep.h"

namespace ae {

/// Mean and sample standard deviation; NaN where there are too few values: one and two are needed.
struct Spread {
    double mean = 0, sd = 0;
    std::size_t count = 0;

    static Spread of(std::span<const double> values);
    double standard_error() const;  ///< of the mean
};

struct RankedSetting {
    std::size_t setting = 0;
    int rank = 0;              ///< from 1; 0: a model diverged or was dropped, or none is done
    int diverged = 0;          ///< models
    int dropped_after = 0;     ///< the epoch after which halving dropped it; 0: it did not
    Spread val_loss, val_mse;  ///< over the models that have weights
    Spread difference;         ///< of val_loss to the best setting's, paired by seed; for settings with a rank
};

/// Those with a model that ended: first those with a rank, then those dropped, the last ones first, then those with
/// models that diverged; among these by their means.
std::vector<RankedSetting> ranking(const Sweep& sweep);

}  // namespace ae
