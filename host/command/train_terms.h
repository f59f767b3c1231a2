// The terms on which a run is resumed: the plan in its checkpoint, and the options that must not change.
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ae/checkpoint.h"
#include "command/train_arguments.h"

namespace ae {

/// The plan of the run, as a checkpoint keeps it.
std::map<std::string, std::string> plan_facts(const TrainArguments& arguments);

/// Every option that makes the run, by its name on the command line, and under "made_by" what is for people alone.
nlohmann::ordered_json config_json(const TrainArguments& arguments);

/// Takes the options that the command line does not give from the checkpoint. Throws UsageError for options that make
/// no sense with --resume, ModelError for a change of an option that must stay (naming each) or a plan that cannot be
/// read.
void take_over(TrainArguments& arguments, const Checkpoint& checkpoint, const CommandLine& line,
               const std::filesystem::path& folder);

/// Throws ModelError if the data set is not the one that the checkpoint's run was trained on.
void check_same_data(const Checkpoint& checkpoint, const SelectedData& data, const std::filesystem::path& folder);

}  // namespace ae
