// The layout of images in an array of numbers.
#pragma once
#include <cstdint>
#include <vector>

#include "data/image_input.h"

namespace ae {

using Dimensions = std::vector<std::uint64_t>;

/// Whether the network takes images of this size.
bool fits(const WantedImages& wanted, std::uint64_t height, std::uint64_t width, std::uint64_t channels = 1);

/// Number, height, width and channels of the images; empty if an array of this shape holds no such images.
Dimensions images_in(const Dimensions& array, const WantedImages& wanted);

/// Whether the array has the channels of the network's images before their rows, n×c×h×w or c×h×w.
bool has_channels_first(const Dimensions& array, const WantedImages& wanted);

}  // namespace ae
