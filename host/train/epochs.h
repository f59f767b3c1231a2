// Figures of a whole history.
#pragma once
#include "ae/history.h"

namespace ae {

/// The epoch with the lowest val_loss, the first of several. `history` is not empty.
const EpochRecord& best_epoch(const History& history);

/// The seconds of all epochs.
double seconds_of(const History& history);

}  // namespace ae
