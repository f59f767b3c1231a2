// The measurements of a run so far, epoch by epoch.
#pragma once
#include <vector>

namespace ae {

struct EpochRecord {
    int epoch = 0;        ///< from 1
    double loss = 0;      ///< mean BCE of the training images, as they were trained on
    double val_loss = 0;  ///< mean BCE of the validation images after the epoch
    double val_mse = 0;
    double seconds = 0;       ///< training and validation
    double images_per_s = 0;  ///< training only; includes validation if several epochs were trained at once
};

using History = std::vector<EpochRecord>;

}  // namespace ae
