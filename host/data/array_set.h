// NumPy's arrays as images: .npy, and .npz with several arrays.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "ae/dataset.h"
#include "file/safetensors.h"

namespace ae {

using Arrays = std::map<std::string, Tensor>;

/// The arrays of an .npz by their use; null where there is none.
struct ArrayParts {
    const Tensor *train = nullptr, *test = nullptr, *train_labels = nullptr, *test_labels = nullptr;
};

/// Finds the parts by names that people give them (x_train, train_images, X, data, …); a single array is the training
/// images, whatever it is called. Throws DataError if it is not clear which array holds the images.
ArrayParts parts_of(const Arrays& arrays, const std::string& origin);

Arrays read_npz(const std::filesystem::path& path);

/// Arrays n×h×w, n×h×w×c, n×c×h×w (c: 1, 3 or 4 channels; the last axis decides where both could be) or n×d, n images
/// of 1×d. Values that are all true and false, integers in 0…255 or floats k/255 are bytes, unless numbers are asked
/// for; all others are numbers, in both parts. Throws DataError, naming what was found.
Dataset read_npy_set(const std::filesystem::path& path, bool as_numbers = false);
Dataset read_npz_set(const std::filesystem::path& path, bool as_numbers = false);

}  // namespace ae
