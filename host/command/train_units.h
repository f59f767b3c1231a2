// The loss of a run and the scale of its numbers: as asked for, or as the data are.
#pragma once
#include "command/train_arguments.h"

namespace ae {

/// Before the data are read: a scale needs the numbers that the files hold.
void read_numbers_where_scaled(TrainArguments& arguments);

/// Sets what the command line leaves open: numbers outside [0, 1] are brought to mean 0 and deviation 1; the loss is
/// bce for values in [0, 1] that stay as they are, mse for all others. Says in one line what data of numbers are
/// trained with. A model that training begins with has its scale already. Throws UsageError for a loss or a noise that
/// the values do not fit.
void choose_units(TrainArguments& arguments, const Dataset& data, bool has_scale);

}  // namespace ae
