// Tables as images: a row of numbers is an image of height 1, unless the names of the columns say that they are pixels.
#pragma once
#include <filesystem>

#include "ae/dataset.h"

namespace ae {

/// A table whose numbers are all integers in 0…255 holds bytes, unless reading.numbers asks for numbers; any other
/// holds numbers. Columns called pixel0, pixel1, … of a square number, and columns 1x1 … HxW, as Kaggle's tables of
/// MNIST have, are images. Throws as parse_table() does.
Dataset read_table_set(const std::filesystem::path& path, const DatasetOptions& options);

/// A table whose columns of labels and those to leave out may be missing, as in data that a trained model is applied
/// to.
Images read_table_images(const std::filesystem::path& path, const ImageReading& reading);

}  // namespace ae
