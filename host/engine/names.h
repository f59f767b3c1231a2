// Names of choices, on the command line and in files.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "ae/scale.h"

namespace ae {

/// The choice of this name; the names' order is that of the enumeration. Throws UsageError, which begins with `what`.
template <typename E>
E parse_name(const std::vector<std::string>& names, const std::string& name, const std::string& what) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
        throw UsageError(fmt::format("{}: '{}' is not one of {}", what, name, fmt::join(names, ", ")));
    return static_cast<E>(at - names.begin());
}

const std::vector<std::string>& activation_names();
const std::vector<std::string>& decay_names();
const std::vector<std::string>& loss_names();
const std::vector<std::string>& scaling_names();

std::string text(Activation activation);
std::string text(Decay decay);
std::string text(Loss loss);
std::string text(Scaling scaling);

/// These throw UsageError for other names.
Activation parse_activation(const std::string& name);
Decay parse_decay(const std::string& name);
Loss parse_loss(const std::string& name);
Scaling parse_scaling(const std::string& name);

}  // namespace ae
