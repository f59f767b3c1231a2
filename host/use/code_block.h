// A block of an .aez file: the symbols of up to 256 images, compressed by zstd. aez.h lays down the format.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// How the symbols of a block lie: `rows` images with `dimensions` symbols each, every one below 2^bits.
struct BlockLayout {
    std::size_t rows = 0, dimensions = 0;
    int bits = 8;  ///< 1…8

    std::size_t symbols() const { return rows * dimensions; }
    std::size_t per_byte() const { return 8 / static_cast<std::size_t>(bits); }  ///< symbols that share a byte
    std::size_t packed_bytes() const { return (symbols() + per_byte() - 1) / per_byte(); }
};

/// At least `rows` bytes. `symbols`: rows × dimensions, image by image.
std::string compress_block(const BlockLayout& layout, std::span<const std::uint8_t> symbols);

/// The symbols that compress_block() was given; nothing where `bytes` are no block of this layout. Allocates what the
/// layout says, whatever the bytes declare.
std::optional<std::vector<std::uint8_t>> decompress_block(const BlockLayout& layout, std::string_view bytes);

}  // namespace ae
