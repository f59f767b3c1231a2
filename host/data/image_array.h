// The layout of images in an array of numbers.
#pragma once
#include <cstdint>
#include <vector>

#include "data/image_input.h"

namespace ae {

using Dimensions = std::vector<std::uint64_t>;

/// Whether the network takes images of this size.
bool fits(const WantedImages& wanted, std::uint64_t height, std::uint64_t width);

/// Number, height and width of the images; empty if an array of this shape holds no such images.
Dimensions images_in(const Dimensions& array, const WantedImages& wanted);

}  // namespace ae
