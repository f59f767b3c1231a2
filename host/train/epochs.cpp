#include "train/epochs.h"

#include <algorithm>

namespace ae {

const EpochRecord& best_epoch(const History& history) {
    return *std::ranges::min_element(history, {}, &EpochRecord::val_loss);
}

double seconds_of(const History& history) {
    double sum = 0;
    for (const EpochRecord& e : history) sum += e.seconds;
    return sum;
}

}  // namespace ae
