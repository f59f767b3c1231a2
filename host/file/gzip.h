// gzip in memory, by zlib.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ae {

/// No deflated byte stands for more: 258 bytes from two bits (zlib's technical notes).
constexpr std::uint64_t kLargestDeflateRatio = 1032;

/// SHA-256 of what a gzip file decompresses to, piece by piece, so that it takes no memory. Throws DataError where the
/// bytes are not one whole gzip member and nothing else.
std::string gunzipped_sha256(std::string_view gzip);

}  // namespace ae
