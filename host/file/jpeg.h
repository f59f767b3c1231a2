// JPEG in memory, by libjpeg-turbo: what a compressed image is measured against.
#pragma once
#include <string>
#include <string_view>

#include "file/picture.h"

namespace ae {

/// A baseline JPEG of one grey component; quality 1…100 as libjpeg counts it.
std::string encode_jpeg(const Picture& picture, int quality);

/// Of what encode_jpeg() made. Both throw std::runtime_error where the library fails.
Picture decode_jpeg(std::string_view bytes);

}  // namespace ae
