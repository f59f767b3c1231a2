// Grey pictures: rows of digits, as PNG.
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
    std::vector<std::uint8_t> pixels;  ///< height × width, row-major, 0 black … 255 white

    std::uint8_t& at(int x, int y);
    std::uint8_t at(int x, int y) const;
};

/// Size of one image.
struct ImageSize {
    int width = 28;
    int height = 28;
};

/// The layout of images in a grid.
struct GridStyle {
    int scale = 0;   ///< every pixel becomes scale × scale; 0: so that images are about 56 pixels wide
    int gutter = 2;  ///< grey pixels around every image
};

/// One row of pixels in [0, 1] per row of the grid (n × height × width each, the same n): originals on top,
/// reconstructions below. Values outside are clamped, NaN is black. Throws std::invalid_argument for rows that do not
/// fit.
Picture digit_grid(std::span<const std::vector<float>> rows, ImageSize size, GridStyle style = {});

/// The bytes of an 8-bit grey PNG.
std::string encode_png(const Picture& picture);

/// Throws OutputError.
void write_png(const std::filesystem::path& path, const Picture& picture);

}  // namespace ae
