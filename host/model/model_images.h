// The images that a model was trained on, as far as its metadata tells.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "ae/model.h"
#include "file/picture.h"

namespace ae {

/// Adds height and width, of which the shape of the network keeps only the product.
void describe_images(std::map<std::string, std::string>& metadata, ImageSize size);

/// None where the file does not say, or says what the network contradicts.
std::optional<ImageSize> image_size(const Model& model);

}  // namespace ae
