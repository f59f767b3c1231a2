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

/// A value that lets the paper through; rounded to the nearest.
std::uint8_t on_paper(unsigned value, unsigned alpha, std::uint8_t paper) {
    return static_cast<std::uint8_t>((value * alpha + paper * (255u - alpha) + 127u) / 255u);
}

/// Both roundings are to the nearest.
std::uint8_t grey(const std::uint8_t* rgba, std::uint8_t paper) {
    return on_paper((299u * rgba[0] + 587u * rgba[1] + 114u * rgba[2] + 500u) / 1000u, rgba[3], paper);
}

void check(int done, const png_image& image, const std::string& name) {
    if (done == 0) throw DataError(fmt::format("{}: cannot be read as a PNG: {}", name, image.message));
}

struct Rgba {
    int width = 0, height = 0;
    std::vector<std::uint8_t> pixels;  ///< height × width × 4
};

Rgba decoded(std::string_view bytes, const std::string& name, std::uint64_t most_pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, FreePng> owner(&image);
    check(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), image, name);
    if (std::uint64_t(image.width) * image.height > most_pixels)
        throw DataError(fmt::format("{}: is of {}×{} pixels; up to {} pixels in all can be used", name, image.height,
                                    image.width, most_pixels));
    image.format = PNG_FORMAT_RGBA;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(image));
    check(png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr), image, name);
    return {static_cast<int>(image.width), static_cast<int>(image.height), std::move(rgba)};
}

}  // namespace

Picture parse_png(std::string_view bytes, const std::string& name, std::uint8_t paper) {
    const Rgba image = decoded(bytes, name, kMostPixels);
    Picture picture{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size() / 4)};
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = grey(&image.pixels[4 * i], paper);
    return picture;
}

Picture parse_png_in_colour(std::string_view bytes, const std::string& name, std::uint8_t paper,
                            std::uint64_t most_pixels) {
    const Rgba image = decoded(bytes, name, most_pixels);
    Picture picture{image.width, image.height, {}, 3};
    picture.pixels.reserve(image.pixels.size() / 4 * 3);
    for (std::size_t i = 0; i < image.pixels.size(); i += 4)
        for (std::size_t c = 0; c < 3; ++c)
            picture.pixels.push_back(on_paper(image.pixels[i + c], image.pixels[i + 3], paper));
    return has_colour(picture) ? picture : to_grey(picture);
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
