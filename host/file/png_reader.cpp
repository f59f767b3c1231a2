#include "file/png_reader.h"

#include <fmt/format.h>
#include <png.h>

#include <memory>

#include "ae/error.h"
#include "file/input_file.h"

namespace ae {
namespace {

constexpr std::uint64_t kMostPixels = 65'536;
constexpr std::uint64_t kLargestFile = std::uint64_t(1) << 24;  // far above 65,536 pixels of eight bytes

struct FreePng {
    void operator()(png_image* image) const noexcept { png_image_free(image); }
};

/// Both roundings are to the nearest.
std::uint8_t grey(const std::uint8_t* rgba, std::uint8_t paper) {
    const unsigned luma = (299u * rgba[0] + 587u * rgba[1] + 114u * rgba[2] + 500u) / 1000u, alpha = rgba[3];
    return static_cast<std::uint8_t>((luma * alpha + paper * (255u - alpha) + 127u) / 255u);
}

void check(int done, const png_image& image, const std::string& name) {
    if (done == 0) throw DataError(fmt::format("{}: cannot be read as a PNG: {}", name, image.message));
}

}  // namespace

Picture parse_png(std::string_view bytes, const std::string& name, std::uint8_t paper) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, FreePng> owner(&image);
    check(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), image, name);
    if (std::uint64_t(image.width) * image.height > kMostPixels)
        throw DataError(fmt::format("{}: is of {}×{} pixels; up to {} pixels in all can be used", name, image.height,
                                    image.width, kMostPixels));
    image.format = PNG_FORMAT_RGBA;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(image));
    check(png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr), image, name);

    Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
    picture.pixels.resize(rgba.size() / 4);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = grey(&rgba[4 * i], paper);
    return picture;
}

Picture read_png(const std::filesystem::path& path, std::uint8_t paper) {
    return parse_png(read_input(path, kLargestFile), path.string(), paper);
}

PngInfo read_png_info(const std::filesystem::path& path) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, FreePng> owner(&image);
    const std::string bytes = beginning_of(path, kLargestFile);  // a picture's description precedes it
    check(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), image, path.string());
    const bool has_colour = (image.format & PNG_FORMAT_FLAG_COLOR) != 0,
               is_transparent = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    return {image.width, image.height,
            fmt::format("{}{}", has_colour ? "colour" : "grey", is_transparent ? " with transparency" : "")};
}

}  // namespace ae
