// PNG files of any kind as pictures, by libpng.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "file/picture.h"

namespace ae {

/// Colours become grey as in ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B), transparent parts show `paper`, and 16 bits
/// become 8. `name` is used in error messages. Throws DataError: not a PNG, damaged, cut short, or of more than 65,536
/// pixels (the widest input of a network), found before pixels are allocated.
Picture parse_png(std::string_view bytes, const std::string& name, std::uint8_t paper = 0);
Picture read_png(const std::filesystem::path& path, std::uint8_t paper = 0);

/// The same in colour: three channels if any pixel has colour, one otherwise. `most_pixels` is the limit.
Picture parse_png_in_colour(std::string_view bytes, const std::string& name, std::uint8_t paper,
                            std::uint64_t most_pixels);

/// The header of a PNG of any size.
struct PngInfo {
    std::uint32_t width = 0, height = 0;
    std::string colours;  ///< "grey", "colour", "grey with transparency", …
};

/// Throws DataError if the file does not begin like a PNG.
PngInfo read_png_info(const std::filesystem::path& path);

}  // namespace ae
