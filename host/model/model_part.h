// A model, or the half of it that another program wants.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ae/model.h"
#include "file/safetensors.h"

namespace ae {

enum class ModelPart { whole, encoder, decoder };

const std::vector<std::string>& part_names();  ///< "whole", …
ModelPart parse_part(const std::string& name);
std::string text(ModelPart part);

/// Layers [first, last) of the network.
struct LayerRange {
    std::size_t first = 0, last = 0;
};
LayerRange layers_of(const Shape& shape, ModelPart part);

/// The part's weights under the names they have in a model's file, with the model's metadata.
TensorFile part_tensors(const Model& model, ModelPart part);

/// What `anomaly fit` leaves in a model's metadata.
inline constexpr std::string_view kThresholds = "anomaly";

/// A safetensors file of these, without thresholds, which mean nothing without the arrays they were fitted with: the
/// whole is a model of ours again, a part says in its metadata what it is a part of.
std::string serialize_part(const Model& model, ModelPart part);

}  // namespace ae
