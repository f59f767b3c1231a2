// JPEG in memory, by libjpeg-turbo: as pictures, and for comparison with our own compression.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "file/picture.h"

namespace ae {

/// A baseline JPEG, grey or in colour (without subsampling); quality 1…100 as libjpeg counts it.
std::string encode_jpeg(const Picture& picture, int quality);

/// Decodes the result of encode_jpeg(): one channel, or three where it has colour. Both throw std::runtime_error if the
/// library fails.
Picture decode_jpeg(std::string_view bytes);

/// Any JPEG of grey values or colours: three channels if any pixel has colour, one otherwise. Its notes on orientation
/// are not followed. `name` is used in error messages. Throws DataError: not a JPEG, damaged, cut short, in the colours
/// of print (CMYK), or of more than `most_pixels`, found before pixels are allocated.
Picture parse_jpeg(std::string_view bytes, const std::string& name, std::uint64_t most_pixels);

}  // namespace ae
