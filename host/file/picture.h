// Pictures, grey or in colour: rows of images, as PNG.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ae {

struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;  ///< height × width × channels, row-major, 0 black … 255 white
    int channels = 1;                  ///< 1: grey; 3: red, green, blue

    std::uint8_t& at(int x, int y, int channel = 0);
    std::uint8_t at(int x, int y, int channel = 0) const;
};

/// The same picture in grey, as in ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B.
Picture to_grey(const Picture& picture);

/// The same picture with three channels.
Picture to_colour(const Picture& picture);

/// Whether red, green and blue differ in any pixel.
bool has_colour(const Picture& picture);

/// Size of one image.
struct ImageSize {
    int width = 28;
    int height = 28;
    int channels = 1;

    std::size_t values() const {
        return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
    }
    bool operator==(const ImageSize&) const = default;
};

/// "28×28", "32×32×3": height, width and, if there are several, channels.
std::string text(ImageSize size);

/// The layout of images in a grid.
struct GridStyle {
    int scale = 0;   ///< every pixel becomes scale × scale; 0: so that images are about 56 pixels wide
    int gutter = 2;  ///< grey pixels around every image
};

/// One row of pixels in [0, 1] per row of the grid (n × height × width × channels each, the same n): originals on top,
/// reconstructions below. Three channels and the first three of four are shown in colour, the first of two in grey.
/// Values outside are clamped, NaN is black. Throws std::invalid_argument for rows that do not fit.
Picture digit_grid(std::span<const std::vector<float>> rows, ImageSize size, GridStyle style = {});

/// The bytes of an 8-bit PNG, grey or in colour.
std::string encode_png(const Picture& picture);

/// Throws OutputError.
void write_png(const std::filesystem::path& path, const Picture& picture);

}  // namespace ae
