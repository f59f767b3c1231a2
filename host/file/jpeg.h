// JPEG in memory, by libjpeg-turbo, for comparison with our own compression.
#pragma once
#include <string>
#include <string_view>

#include "file/picture.h"

namespace ae {

/// A baseline JPEG of one grey component; quality 1…100 as libjpeg counts it.
std::string encode_jpeg(const Picture& picture, int quality);

/// Decodes the result of encode_jpeg(). Both throw std::runtime_error if the library fails.
Picture decode_jpeg(std::string_view bytes);

}  // namespace ae
