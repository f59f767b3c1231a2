// The models of a sweep, from its options and the images.
#pragma once
#include "command/command_line.h"
#include "command/sweep_arguments.h"
#include "train/sweep.h"

namespace ae {

/// Every setting fits the images: Throws UsageError, naming the one that does not.
Sweep plan_sweep(const SweepArguments& arguments, const Dataset& data);

/// The options of one of its models, as `ae_cuda train` has them.
TrainArguments model_arguments(const SweepArguments& arguments, const Sweep& sweep, std::size_t model);

}  // namespace ae
