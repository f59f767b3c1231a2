// The scale of a model in its file: the tensors scale.offset and scale.factor, a number for each input of the network.
#pragma once
#include <string>

#include "ae/engine.h"
#include "file/safetensors.h"

namespace ae {

/// The names of a scale's tensors begin with this.
inline constexpr std::string_view kScalePrefix = "scale.";

/// Adds the tensors, unless there is no scale.
void add_scale(TensorFile& file, const Scale& scale);

/// Whether the file has one of the tensors.
bool has_scale(const TensorFile& file);

/// Takes them out of `file`. Throws ModelError where the settings speak of a scale and there is none, where it has
/// another size than the network's input, or holds what is no offset or factor.
Scale take_scale(TensorFile& file, const Settings& settings, const std::string& name);

}  // namespace ae
