// Names of choices, on the command line and in files.
#pragma once
#include <string>
#include <vector>

#include "ae/arithmetic.h"

namespace ae {

const std::vector<std::string>& activation_names();
const std::vector<std::string>& decay_names();

std::string text(Activation activation);
std::string text(Decay decay);

/// These throw UsageError for other names.
Activation parse_activation(const std::string& name);
Decay parse_decay(const std::string& name);

}  // namespace ae
