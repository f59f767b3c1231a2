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

int shown_channels(ImageSize size) {
    return size.channels >= 3 ? 3 : 1;
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
            const auto from = static_cast<std::size_t>((y / scale * size.width + x / scale) * size.channels);
            for (int c = 0; c < picture.channels; ++c)
                picture.at(left + x, top + y, c) = to_byte(image[from + static_cast<std::size_t>(c)]);
        }
}

std::size_t images_in(std::span<const std::vector<float>> rows, ImageSize size) {
    if (rows.empty() || size.width < 1 || size.height < 1) throw std::invalid_argument("digit grid: no images");
    for (const std::vector<float>& row : rows)
        if (row.empty() || row.size() != rows[0].size() || row.size() % size.values() != 0)
            throw std::invalid_argument(
                fmt::format("digit grid: a row of {} pixels, expected {} as in the first row, "
                            "whole images of {}",
                            row.size(), rows[0].size(), text(size)));
    return rows[0].size() / size.values();
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

std::uint8_t& Picture::at(int x, int y, int channel) {
    const auto pixel = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
    return pixels[pixel * static_cast<std::size_t>(channels) + static_cast<std::size_t>(channel)];
}

std::uint8_t Picture::at(int x, int y, int channel) const {
    return const_cast<Picture*>(this)->at(x, y, channel);
}

Picture to_grey(const Picture& picture) {
    if (picture.channels == 1) return picture;
    Picture grey{picture.width, picture.height, std::vector<std::uint8_t>(picture.pixels.size() / 3)};
    for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
        const std::uint8_t* rgb = &picture.pixels[3 * i];
        grey.pixels[i] = static_cast<std::uint8_t>((299u * rgb[0] + 587u * rgb[1] + 114u * rgb[2] + 500u) / 1000u);
    }
    return grey;
}

Picture to_colour(const Picture& picture) {
    if (picture.channels == 3) return picture;
    Picture colour{picture.width, picture.height, {}, 3};
    colour.pixels.reserve(3 * picture.pixels.size());
    for (const std::uint8_t grey : picture.pixels) colour.pixels.insert(colour.pixels.end(), 3, grey);
    return colour;
}

bool has_colour(const Picture& picture) {
    if (picture.channels == 1) return false;
    for (std::size_t i = 0; i + 2 < picture.pixels.size(); i += 3)
        if (picture.pixels[i] != picture.pixels[i + 1] || picture.pixels[i] != picture.pixels[i + 2]) return true;
    return false;
}

std::string text(ImageSize size) {
    return size.channels == 1 ? fmt::format("{}×{}", size.height, size.width)
                              : fmt::format("{}×{}×{}", size.height, size.width, size.channels);
}

Picture digit_grid(std::span<const std::vector<float>> rows, ImageSize size, GridStyle style) {
    const std::size_t images = images_in(rows, size);
    const int scale = style.scale > 0 ? style.scale : std::max(1, kLikedWidth / size.width);
    const int step_x = side(1, size.width, scale, style.gutter), step_y = side(1, size.height, scale, style.gutter);
    const int columns = static_cast<int>(images);
    Picture picture{
        side(images, step_x, 1, style.gutter), side(rows.size(), step_y, 1, style.gutter), {}, shown_channels(size)};
    picture.pixels.assign(ImageSize{picture.width, picture.height, picture.channels}.values(), kGutter);
    for (int r = 0; r < static_cast<int>(rows.size()); ++r)
        for (int c = 0; c < columns; ++c) {
            const auto first = static_cast<std::size_t>(c) * size.values();
            const auto image = std::span(rows[static_cast<std::size_t>(r)]).subspan(first, size.values());
            place(picture, image, size, scale, style.gutter + c * step_x, style.gutter + r * step_y);
        }
    return picture;
}

std::string encode_png(const Picture& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width);
    image.height = static_cast<png_uint_32>(picture.height);
    image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
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
