// Recipes: named settings that work well together.
#pragma once
#include <string>
#include <vector>

#include "command/train_arguments.h"

namespace ae {

struct Preset {
    std::string name;
    std::string summary;
    void (*apply)(TrainArguments& arguments);
};

/// `spec` first, which changes nothing.
const std::vector<Preset>& presets();

/// Sets the defaults of the preset that --preset names among the arguments; other options override them.
/// Throws UsageError for an unknown name.
void apply_preset(TrainArguments& arguments, const Arguments& given);

}  // namespace ae
