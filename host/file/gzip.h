// gzip in memory, by zlib.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ae {

/// Upper bound on the bytes that a deflated byte can stand for: 258 from two bits (zlib's technical notes).
constexpr std::uint64_t kLargestDeflateRatio = 1032;

/// SHA-256 of the decompressed content of a gzip file, computed piece by piece, so that it takes little memory. Throws
/// DataError if the bytes are not one whole gzip member and nothing more.
std::string gunzipped_sha256(std::string_view gzip);

}  // namespace ae
