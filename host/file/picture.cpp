#include "file/picture.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <stdexcept>

#include "ae/error.h"
#include "file/atomic_file.h"

namespace ae {

namespace {

constexpr std::uint8_t kGutter = 64;
constexpr int kLikedWidth = 56;
constexpr std::uint64_t kLongestSide = 1'000'000;  // libpng's own limit

std::size_t pixel_count(ImageSize size) {
    return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
}

/// The comparisons are stated so that NaN fails them and becomes black.
std::uint8_t to_byte(float value) {
    if (!(value > 0)) return 0;
    return value < 1 ? static_cast<std::uint8_t>(value * 255 + 0.5f) : 255;
}

/// Copies an image into the picture with its upper left corner at (left, top), each pixel scale × scale.
void place(Picture& picture, std::span<const float> image, ImageSize size, int scale, int left, int top) {
    for (int y = 0; y < size.height * scale; ++y)
        for (int x = 0; x < size.width * scale; ++x) {
            const auto from = static_cast<std::size_t>(y / scale * size.width + x / scale);
            picture.at(left + x, top + y) = to_byte(image[from]);
        }
}

std::size_t images_in(std::span<const std::vector<float>> rows, ImageSize size) {
    if (rows.empty() || size.width < 1 || size.height < 1) throw std::invalid_argument("digit grid: no images");
    for (const std::vector<float>& row : rows)
        if (row.empty() || row.size() != rows[0].size() || row.size() % pixel_count(size) != 0)
            throw std::invalid_argument(
                fmt::format("digit grid: a row of {} pixels, expected {} as in the first row, "
                            "whole images of {} × {}",
                            row.size(), rows[0].size(), size.width, size.height));
    return rows[0].size() / pixel_count(size);
}

/// The length of a picture of `count` parts with gutters between them. Throws UsageError if it is longer than a PNG can
/// be.
int side(std::size_t count, int part, int scale, int gutter) {
    const auto pixels = static_cast<std::uint64_t>(part) * static_cast<std::uint64_t>(scale);
    std::uint64_t length = 0;
    if (__builtin_mul_overflow(count, pixels, &length) || length + static_cast<std::uint64_t>(gutter) > kLongestSide)
        throw UsageError(fmt::format("a picture of {} parts of {} pixels is longer than {}, a PNG's limit; take fewer",
                                     count, pixels, kLongestSide));
    return static_cast<int>(length + static_cast<std::uint64_t>(gutter));
}

}  // namespace

std::uint8_t& Picture::at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
}

std::uint8_t Picture::at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
}

Picture digit_grid(std::span<const std::vector<float>> rows, ImageSize size, GridStyle style) {
    const std::size_t images = images_in(rows, size);
    const int scale = style.scale > 0 ? style.scale : std::max(1, kLikedWidth / size.width);
    const int step_x = side(1, size.width, scale, style.gutter), step_y = side(1, size.height, scale, style.gutter);
    const int columns = static_cast<int>(images);
    Picture picture{side(images, step_x, 1, style.gutter), side(rows.size(), step_y, 1, style.gutter), {}};
    picture.pixels.assign(pixel_count({picture.width, picture.height}), kGutter);
    for (int r = 0; r < static_cast<int>(rows.size()); ++r)
        for (int c = 0; c < columns; ++c) {
            const auto first = static_cast<std::size_t>(c) * pixel_count(size);
            const auto image = std::span(rows[static_cast<std::size_t>(r)]).subspan(first, pixel_count(size));
            place(picture, image, size, scale, style.gutter + c * step_x, style.gutter + r * step_y);
        }
    return picture;
}

std::string encode_png(const Picture& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width);
    image.height = static_cast<png_uint_32>(picture.height);
    image.format = PNG_FORMAT_GRAY;
    png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::string bytes(length, '\0');
    if (!png_image_write_to_memory(&image, bytes.data(), &length, 0, picture.pixels.data(), 0, nullptr))
        throw OutputError(fmt::format("a picture of {} × {} pixels cannot be made: {}", picture.width, picture.height,
                                      image.message));
    bytes.resize(length);
    return bytes;
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
    write_file(path, encode_png(picture));
}

}  // namespace ae
