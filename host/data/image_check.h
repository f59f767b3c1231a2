// The limits on a set of images.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "file/picture.h"

namespace ae {

/// Numbers of a set as files declare them.
struct ImageCounts {
    std::uint64_t images = 0, height = 0, width = 0, channels = 1;
};

/// Throws DataError where there are no images, where an int cannot count them, or where one has more values than a
/// network takes.
void check_counts(const std::string& origin, const ImageCounts& counts);

ImageCounts counts_of(const Images& images);

/// Images without labels. Throws as check_counts() does.
Images checked_images(const std::string& origin, const ImageCounts& counts, std::vector<std::uint8_t> pixels);

inline ImageSize size_of(const Images& images) {
    return {images.width, images.height, images.channels};
}

}  // namespace ae
