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

/// Images n×c×h×w as n×h×w×c; `pixels` is h·w.
template <typename T>
std::vector<T> channels_last(const std::vector<T>& values, std::uint64_t pixels, std::uint64_t channels) {
    std::vector<T> moved(values.size());
    const std::uint64_t image = pixels * channels;
    for (std::uint64_t first = 0; first + image <= values.size(); first += image)
        for (std::uint64_t channel = 0; channel < channels; ++channel)
            for (std::uint64_t p = 0; p < pixels; ++p)
                moved[first + p * channels + channel] = values[first + channel * pixels + p];
    return moved;
}

}  // namespace ae
