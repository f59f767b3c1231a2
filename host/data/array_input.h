// Arrays that a person names on the command line, as images for a network: IDX, .npy, .npz.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/image_input.h"
#include "data/image_stream.h"

namespace ae {

/// Throws UsageError: images of another size than the network takes.
[[noreturn]] void refuse_size(const std::string& origin, const std::string& found, const WantedImages& wanted);

/// Bytes as pixels in [0, 1].
std::vector<float> unit_values(std::span<const std::uint8_t> bytes);

/// Throw as open_images() does. `part` of an .npz, which is read as a whole, is "train", "test" or empty: the test
/// images, if there are any.
ImageStreamPtr open_npy_input(const std::filesystem::path& path, const WantedImages& wanted);
ImageStreamPtr open_npz_input(const std::filesystem::path& path, const std::string& part, const WantedImages& wanted);
ImageStreamPtr open_idx_input(const std::filesystem::path& path, const WantedImages& wanted);

}  // namespace ae
