// A model, its encoder or its decoder, for other programs.
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

/// The key of `anomaly fit` in a model's metadata.
inline constexpr std::string_view kThresholds = "anomaly";

/// A safetensors file of these weights, without thresholds, which are useless without the arrays they were fitted with.
/// The whole is a model that ae_cuda reads; a part names its model in its metadata.
std::string serialize_part(const Model& model, ModelPart part);

}  // namespace ae
