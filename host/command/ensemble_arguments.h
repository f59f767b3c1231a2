// `ae_cuda train --models N`: a deep ensemble, which is a sweep of one setting that keeps all of its models.
#pragma once
#include "command/command_line.h"

namespace ae {

/// The arguments of the sweep for those of train, which `line` has read. Throws UsageError for options that are for one
/// run alone.
Arguments ensemble_arguments(const Arguments& arguments, const CommandLine& line, int models);

}  // namespace ae
