// The limits on a set of images.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "file/picture.h"

namespace ae {

/// Images are counted with an int, in chunks: the number after the last chunk must be one as well.
inline constexpr std::uint64_t kMostImages = std::numeric_limits<int>::max() - 65'536;

/// Numbers of a set as files declare them.
struct ImageCounts {
    std::uint64_t images = 0, height = 0, width = 0, channels = 1;
};

/// The one check of sizes that would overflow 32 bits; every reader calls it, and Shape's that of the parameters.
/// Throws DataError where there are no images, where there are more than kMostImages, or where one has more values than
/// a network takes.
void check_counts(const std::string& origin, const ImageCounts& counts);

/// Throws UsageError unless images first … first+n−1 are among `count`.
void check_range(int first, int n, int count);

ImageCounts counts_of(const Images& images);

/// Images without labels. Throws as check_counts() does.
Images checked_images(const std::string& origin, const ImageCounts& counts, std::vector<std::uint8_t> pixels);

inline ImageSize size_of(const Images& images) {
    return {images.width, images.height, images.channels};
}

}  // namespace ae
