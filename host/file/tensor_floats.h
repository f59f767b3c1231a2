// Numbers of the types in which other programs keep weights and images.
#pragma once
#include <optional>
#include <vector>

#include "file/safetensors.h"

namespace ae {

/// F16, BF16, F32 and F64 as floats, F64 rounded to the nearest; none for another type.
std::optional<std::vector<float>> to_floats(const Tensor& tensor);

/// BOOL, and integers that all lie in 0…255, as bytes, true as 255; none for another type or another value.
std::optional<std::vector<std::uint8_t>> to_bytes(const Tensor& tensor);

/// Numbers of any type, true as 1, rounded to the nearest float.
std::vector<float> to_numbers(const Tensor& tensor);

}  // namespace ae
