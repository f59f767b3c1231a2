// .aez: images as the quantised, entropy-coded codes of an autoencoder. All numbers are little-endian.
//
//  offset  size    content
//       0     8    89 41 45 5A 0D 0A 1A 0A ("AEZ" in bytes that a transfer as text would change)
//       8     4    version, 2
//      12     4    H, the length of the header, which ends where the blocks begin
//      16    64    SHA-256 of the decoder (decoder_sha256() below), in hexadecimal digits
//      80     4    n, images, at least 1
//      84     4    height of an image, 1 or more
//      88     4    width of an image, in values: channels lie side by side; height × width is at most 65,536
//      92     4    D, dimensions of a code, 1…4096
//      96     1    b, bits of a dimension, 1…8
//      97     3    0
//     100   8·D    for each dimension low and high, finite float32, low ≤ high: symbol q stands for
//                  low + q·(high − low)/(2^b − 1)
//             8·B  for each of the B = ⌈n/256⌉ blocks its length in bytes (4) and their CRC-32 (4), as zlib computes it
//     H−4     4    CRC-32 of the header up to here
//       H          the blocks, without gaps; the last ends the file
//
// Block k holds images 256·k … 256·k + 255 (the last as many as there are left), so that any image can be had by
// decoding its block alone. Its symbols lie dimension by dimension, and in a dimension image by image, ⌊8/b⌋ to a byte,
// the first in the lowest bits; bits that are left over are 0. A block is these bytes as they are where it is as long
// as they are. Otherwise it is one zstd frame (RFC 8878, without a dictionary) that holds them. A block is at least as
// many bytes long as it has images, filled up with 0 after the frame, so that no file declares more images than it has
// bytes.
//
// Version 1, of ae_cuda before zstd, had symbol tables in the header and blocks of its own coding; it is not read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ae/engine.h"
#include "use/code_block.h"
#include "use/quantizer.h"

namespace ae {

/// The header of a file.
struct AezInfo {
    std::string decoder_sha256;
    int images = 0;
    int height = 0;
    int width = 0;
    Quantizer quantizer;
};

/// Symbols of images first … first+n−1, n × dimensions.
using SymbolsOf = std::function<std::vector<std::uint8_t>(std::size_t first, std::size_t n)>;

/// The bytes of a file; asks for the symbols of one block after the other. Throws UsageError for a code of more than
/// 4096 dimensions.
std::string serialize_aez(const AezInfo& info, const SymbolsOf& symbols, const Progress& progress = {});

/// `symbols`: images × dimensions.
std::string serialize_aez(const AezInfo& info, std::span<const std::uint8_t> symbols);

/// A file that was read. Its header and index are known to be sound; a block is checked when it is decoded.
class Aez {
public:
    static constexpr int kBlockImages = 256;

    /// `name` is used in error messages. Throws DataError, each cause with its own message. Memory stays within a small
    /// multiple of bytes.size().
    Aez(std::string bytes, std::string name);

    const AezInfo& info() const { return info_; }
    std::size_t blocks() const { return blocks_.size(); }
    const std::string& bytes() const& { return bytes_; }
    std::string bytes() && { return std::move(bytes_); }

    /// Codes of the block's images, rows × dimensions. Throws DataError where the block is damaged.
    std::vector<float> codes(std::size_t block) const;

private:
    struct Block {
        std::size_t begin = 0, length = 0;
        std::uint32_t crc = 0;
    };
    [[noreturn]] void fail(const std::string& what) const;
    std::string_view checked_header() const;
    void read_info(std::string_view header);
    void read_ranges(std::string_view header);
    void read_index(std::string_view header);
    BlockLayout layout(std::size_t block) const;

    std::string bytes_, name_;
    AezInfo info_;
    std::vector<Block> blocks_;
};

/// Throws DataError.
Aez read_aez(const std::filesystem::path& path);

/// SHA-256 in hexadecimal digits of what decodes a code: the widths of the layers from the code on and the hidden ones'
/// activation ("64-128-784 relu"), a newline, and the float32 parameters of these layers as they lie in the flat array.
std::string decoder_sha256(const Settings& settings, std::span<const float> parameters);

}  // namespace ae
