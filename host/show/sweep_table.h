// The ranking of a sweep as a table of texts.
#pragma once
#include <string>
#include <vector>

#include "train/sweep.h"

namespace ae {

/// Head and rows: rank, the swept options, val_loss and val_mse as mean ± standard deviation over seeds, the difference
/// to the best setting as mean ± standard error over the seeds that both have. It says nothing that depends on the
/// time, so that an interrupted sweep has the same table in the end.
std::vector<std::vector<std::string>> sweep_table(const Sweep& sweep);

}  // namespace ae
