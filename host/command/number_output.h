// Reconstructions as files, in the units of the data that the model was trained on.
#pragma once
#include <filesystem>
#include <vector>

#include "ae/model.h"
#include "file/picture.h"

namespace ae {

/// Writes what a network has decoded: .npy and .csv, a row an image, hold it in the units of the training's data, .png
/// shows it. Throws OutputError, and UsageError as write_images() does.
void write_result(const std::filesystem::path& path, std::vector<float> decoded, const Model& model, ImageSize size);

}  // namespace ae
