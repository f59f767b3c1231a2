// The images that a model was trained on, as far as its metadata tells.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "ae/model.h"
#include "file/picture.h"

namespace ae {

/// Adds height, width and channels, of which the shape of the network keeps only the product.
void describe_images(std::map<std::string, std::string>& metadata, ImageSize size);

/// The size; none if the file does not say, or contradicts the network.
std::optional<ImageSize> image_size(const Model& model);

/// Whether the model was trained on numbers that are no pixels: its network sees them by model.scale.
bool takes_numbers(const Model& model);

}  // namespace ae
