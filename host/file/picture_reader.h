// Picture files, PNG or JPEG: the content decides, not the name.
#pragma once
#include <cstdint>
#include <filesystem>

#include "file/picture.h"

namespace ae {

struct PictureReading {
    std::uint8_t paper = 0;              ///< shown where a picture is transparent
    bool grey = false;                   ///< colours become grey
    int width = 0, height = 0;           ///< the size that it is brought to; 0: its own
    std::uint64_t most_pixels = 65'536;  ///< of a picture that keeps its size: the widest input of a network

    bool resizes() const { return width > 0; }
};

/// Three channels if any pixel has colour, one otherwise. Throws DataError: neither a PNG nor a JPEG, unreadable,
/// damaged, cut short or too large.
Picture read_picture(const std::filesystem::path& path, const PictureReading& reading);

/// Whether a regular file begins as a PNG or a JPEG does; false if it cannot be read.
bool is_picture_file(const std::filesystem::path& path);

/// Whether a file is called so: .png, .jpg, .jpeg.
bool has_picture_ending(const std::filesystem::path& path);

}  // namespace ae
