// Choices before a training that train and sweep make alike.
#pragma once
#include <cstdint>
#include <string>

#include "command/train_arguments.h"

namespace ae {

/// Whether this engine is, or `auto` would be, that of the CPU.
bool trains_on_cpu(const std::string& engine);

/// Without test images a tenth of the others is held out, unless the command line says which.
void choose_validation(TrainArguments& arguments, const Dataset& data, bool is_given);

/// The images of every named set are of one size, so that layers which do not fit it are refused before it is fetched.
void check_shape_for_named_set(const TrainArguments& arguments);

/// Throws UsageError for a selection that can be known to be wrong before data are read, or downloaded: labels of a set
/// that has a name have none.
void check_selection(const TrainArguments& arguments);

/// The steps in which a learning rate that falls reaches 0; 0 for one that does not.
std::uint64_t decay_steps(const Settings& settings, const Dataset& data, int epochs);

/// The command line as a shell takes it.
std::string shell_text(const Arguments& arguments);

}  // namespace ae
