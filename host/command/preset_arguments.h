// Recipes: settings that are known to go well together, by name.
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

/// Sets the defaults of the preset that --preset names among the arguments, so that options given beside it win.
/// Throws UsageError for an unknown name.
void apply_preset(TrainArguments& arguments, const Arguments& given);

}  // namespace ae
