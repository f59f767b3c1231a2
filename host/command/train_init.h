// Training that begins with the weights of a model.
#pragma once
#include "ae/engine.h"
#include "ae/model.h"
#include "command/train_arguments.h"

namespace ae {

/// Reads the model that --init names; layers and activations become the model's unless the command line gives them.
/// Throws UsageError where given layers are others, or --resume stands beside it.
Model first_model(TrainArguments& arguments, const CommandLine& line);

/// Says what is not as it was in the model's own training.
void say_changes(const Model& model, const TrainArguments& arguments, const Dataset& data);

/// Step 0 with the model's weights and no moments.
void start_from(const Model& model, Engine& engine);

}  // namespace ae
