#include "data/image_check.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "ae/error.h"
#include "base/text.h"

namespace ae {
namespace {

constexpr std::uint64_t kMostValues = 65'536;  // the widest layer of a Shape

bool is_possible(const ImageCounts& c) {
    std::uint64_t values = 0;
    return c.images <= kMostImages && !__builtin_mul_overflow(c.height, c.width, &values) &&
           !__builtin_mul_overflow(values, c.channels, &values) && values <= kMostValues;
}

}  // namespace

void check_counts(const std::string& origin, const ImageCounts& c) {
    if (c.images == 0 || c.height == 0 || c.width == 0 || c.channels == 0)
        throw DataError(fmt::format("{}: holds no images", origin));
    if (!is_possible(c))
        throw DataError(fmt::format("{}: {} images of {}×{}{}; up to {} images of up to {} pixels can be used", origin,
                                    c.images, c.height, c.width, c.channels > 1 ? fmt::format("×{}", c.channels) : "",
                                    kMostImages, kMostValues));
}

void check_range(int first, int n, int count) {
    if (first < 0 || n < 0 || std::int64_t(first) + n > count)
        throw UsageError(fmt::format("images {}…{} were asked for; there are {}, 0…{}", first,
                                     std::int64_t(first) + n - 1, count, count - 1));
}

ImageCounts counts_of(const Images& images) {
    const auto number = [](int n) { return static_cast<std::uint64_t>(n); };
    return {number(images.count), number(images.height), number(images.width), number(images.channels)};
}

Images checked_images(const std::string& origin, const ImageCounts& c, std::vector<std::uint8_t> pixels) {
    check_counts(origin, c);
    if (pixels.size() != c.images * c.height * c.width * c.channels)
        throw std::logic_error(origin + ": the images are not of the size that was declared");
    return {static_cast<int>(c.images),  static_cast<int>(c.height), static_cast<int>(c.width), std::move(pixels), {},
            static_cast<int>(c.channels)};
}

std::string counts_text(int train, int test, ImageSize size, bool are_numbers) {
    const bool is_table = are_numbers && size.height == 1 && size.channels == 1;
    const std::string of = is_table ? fmt::format("{} numbers", size.width) : text(size);
    const char* const noun = is_table ? "rows" : "images";
    if (test > 0) return fmt::format("{} training and {} test {} of {}", train, test, noun, of);
    return fmt::format("{} {}, none of them test {}, of {}", train, noun, noun, of);
}

void refuse_value(const std::string& origin, float value, std::ptrdiff_t place, ImageSize size,
                  const std::string& expected) {
    const std::ptrdiff_t row = std::ptrdiff_t(size.width) * size.channels, image = row * size.height;
    const auto shown = static_cast<float>(without_sign_of_nan(value));
    if (size.height == 1 && size.channels == 1)
        throw DataError(fmt::format("{}: {} in row {}, column {}; {}", origin, shown, place / image + 1,
                                    place % image + 1, expected));
    throw DataError(fmt::format("{}: {} in image {}, row {}, column {}; {}", origin, shown, place / image,
                                place % image / row, place % row / size.channels, expected));
}

Images checked_numbers(const std::string& origin, const ImageCounts& c, std::vector<float> numbers) {
    check_counts(origin, c);
    if (numbers.size() != c.images * c.height * c.width * c.channels)
        throw std::logic_error(origin + ": the images are not of the size that was declared");
    Images images{static_cast<int>(c.images),  static_cast<int>(c.height), static_cast<int>(c.width), {}, {},
                  static_cast<int>(c.channels)};
    check_values(
        origin, numbers, size_of(images), [](float v) { return std::isfinite(v); }, "finite numbers were expected");
    images.numbers = std::move(numbers);
    return images;
}

}  // namespace ae
