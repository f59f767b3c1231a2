// The error of a reconstruction with its sign: what is missing, and what was invented.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "file/picture.h"
#include "show/labelled_grid.h"

namespace ae {

/// Colours that people with any colour vision tell apart.
inline constexpr Ink kMissing = {72, 166, 255}, kInvented = {255, 136, 0};

/// Image less reconstruction, value by value.
std::vector<float> signed_errors(std::span<const float> images, std::span<const float> reconstructions);

/// Red, green and blue in [0, 1] of one image's signed errors, three for each pixel: black where there is none, towards
/// kMissing where the image is brighter, towards kInvented where the reconstruction is. Of several channels the mean.
std::vector<float> error_colours(std::span<const float> errors, ImageSize size);

/// The meaning of both colours.
std::array<LegendEntry, 2> error_legend();

}  // namespace ae
