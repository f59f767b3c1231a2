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

/// An .npz and its part "train" or "test"; empty: the test images, if there are any.
struct ArchivePart {
    std::filesystem::path path;
    std::string part;
};

/// Bytes are pixels in [0, 1], or as_numbers 0…255. An .npz is read as a whole. Throw as open_images() does, but for
/// values that are not wanted.
ImageStreamPtr open_npy_input(const std::filesystem::path& path, const WantedImages& wanted, bool as_numbers);
ImageStreamPtr open_npz_input(const ArchivePart& from, const WantedImages& wanted, bool as_numbers);
ImageStreamPtr open_idx_input(const std::filesystem::path& path, const WantedImages& wanted, bool as_numbers);

}  // namespace ae
