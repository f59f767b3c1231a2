// A network's parameters between memory and files. In memory they are one flat array with weights [fan_in × fan_out]
// (ae/shape.h), in files torch.nn.Linear's: weight [fan_out, fan_in] and bias [fan_out] of every layer, under the names
// of Shape::layer_name().
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ae/shape.h"
#include "file/safetensors.h"

namespace ae {

/// Adds the tensors of a flat array; `prefix` precedes their names.
void add_parameters(TensorFile& file, const Shape& shape, const std::string& prefix, std::span<const float> flat);

/// Takes such tensors out of `file`. Throws ModelError where one is missing, has another type or shape (saying both),
/// or holds NaN or infinity.
std::vector<float> take_parameters(TensorFile& file, const Shape& shape, const std::string& prefix,
                                   const std::string& name);

/// Takes a tensor of any shape out of `file`, which has it. Throws ModelError if it is not of floats or holds NaN
/// or infinity.
std::vector<float> take_floats(TensorFile& file, const std::string& tensor_name, const std::string& name);

/// Throws ModelError where `file` holds a tensor that no one has taken.
void check_nothing_left(const TensorFile& file, const Shape& shape, const std::string& name);

/// The shape of a network without metadata, from the names and shapes of its tensors.
/// Throws ModelError if they do not make an autoencoder.
Shape shape_of_tensors(const TensorFile& file, const std::string& name);

}  // namespace ae
