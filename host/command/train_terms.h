// On what terms a run goes on: what its checkpoint says of the plan, and what a command line may not change.
#pragma once
#include <map>
#include <string>

#include "ae/checkpoint.h"
#include "command/train_arguments.h"

namespace ae {

/// What was planned, and where the data lie seen from any folder, as a checkpoint keeps it.
std::map<std::string, std::string> plan_facts(const TrainArguments& arguments);

/// Takes from the checkpoint what the command line leaves open. Throws UsageError for options that make no sense beside
/// --resume, ModelError for a change of what must stay (naming each) or a plan that cannot be read.
void take_over(TrainArguments& arguments, const Checkpoint& checkpoint, const CommandLine& line,
               const std::filesystem::path& folder);

/// Throws ModelError where the data set is not the one that the checkpoint's run was trained on.
void check_same_data(const Checkpoint& checkpoint, const SelectedData& data, const std::filesystem::path& folder);

}  // namespace ae
