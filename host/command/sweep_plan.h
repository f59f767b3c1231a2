// The models of a sweep, from its options and the images.
#pragma once
#include "command/command_line.h"
#include "command/sweep_arguments.h"
#include "train/sweep.h"

namespace ae {

/// Throws UsageError for a setting that does not fit the images, naming its value.
Sweep plan_sweep(const SweepArguments& arguments, const Dataset& data);

/// The options of one of its models, as `ae_cuda train` has them.
TrainArguments model_arguments(const SweepArguments& arguments, const Sweep& sweep, std::size_t model);

}  // namespace ae
