// The limits on a set of images.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
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

/// "300 images, none of them test images, of 28×28", "300 training and 100 test rows of 5 numbers": rows are those of
/// a table.
std::string counts_text(int train, int test, ImageSize size, bool are_numbers);

/// Throws DataError: the value at `place` of images of a size is not what was expected.
[[noreturn]] void refuse_value(const std::string& origin, float value, std::ptrdiff_t place, ImageSize size,
                               const std::string& expected);

/// Images without labels. Throws as check_counts() does.
Images checked_images(const std::string& origin, const ImageCounts& counts, std::vector<std::uint8_t> pixels);

/// The same for numbers; throws DataError for one that is not finite, naming its place.
Images checked_numbers(const std::string& origin, const ImageCounts& counts, std::vector<float> numbers);

/// Throws DataError for the first of images' values that `is_right` does not hold for, naming its place; `expected`
/// says what is asked of them. `before` values were checked already.
template <typename IsRight>
void check_values(const std::string& origin, std::span<const float> values, ImageSize size, IsRight is_right,
                  const std::string& expected, std::ptrdiff_t before = 0) {
    const auto wrong = std::ranges::find_if_not(values, is_right);
    if (wrong != values.end()) refuse_value(origin, *wrong, before + (wrong - values.begin()), size, expected);
}

inline ImageSize size_of(const Images& images) {
    return {images.width, images.height, images.channels};
}

}  // namespace ae
