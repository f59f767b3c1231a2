// Images that are found again in a data set.
#pragma once
#include <span>

#include "ae/dataset.h"

namespace ae {

/// The share of the images, rows of pixels in [0, 1], that equal one of `known` in every pixel; 0 for none.
double share_found_in(const Images& known, std::span<const float> images);

/// The same for images in bytes.
double share_found_in(const Images& known, const Images& images);

}  // namespace ae
