#include "file/gzip.h"

#define ZLIB_CONST
#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "ae/error.h"
#include "file/sha256.h"

namespace ae {

std::string gunzipped_sha256(std::string_view gzip) {
    z_stream stream{};
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();  // it lacks nothing but memory
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<const Bytef*>(gzip.data());
    stream.avail_in = static_cast<uInt>(gzip.size());
    std::vector<std::uint8_t> piece(std::size_t(1) << 18);
    Sha256 hash;
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = piece.data();
        stream.avail_out = static_cast<uInt>(piece.size());
        code = inflate(&stream, Z_NO_FLUSH);
        hash.update(std::as_bytes(std::span(piece)).first(piece.size() - stream.avail_out));
    }
    if (code != Z_STREAM_END) throw DataError("not a whole gzip file");
    if (stream.avail_in > 0)  // zlib's gzread would read on, into bytes that nobody has hashed
        throw DataError(fmt::format("more than one gzip file: {} bytes follow the first", stream.avail_in));
    return hash.hex();
}

}  // namespace ae
