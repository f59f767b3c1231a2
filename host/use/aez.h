// .aez: images as the quantised, entropy-coded codes of an autoencoder. All numbers are little-endian.
//
//  offset  size    content
//       0     8    89 41 45 5A 0D 0A 1A 0A ("AEZ" in bytes that a transfer as text would change)
//       8     4    version, 1
//      12     4    H, the length of the header, which ends where the blocks begin
//      16    64    SHA-256 of the decoder (decoder_sha256() below), in hexadecimal digits
//      80     4    n, images, at least 1
//      84     4    height of an image, 1 or more
//      88     4    width of an image; height × width is at most 65,536
//      92     4    D, dimensions of a code, 1…4096
//      96     1    b, bits of a dimension, 1…8
//      97     1    T, 1 where tables follow, 0 where all 2^b symbols are equally probable
//      98     2    0
//     100   8·D    for each dimension low and high, finite float32, low ≤ high: symbol q stands for
//                  low + q·(high − low)/(2^b − 1)
//                  T = 1: for each dimension a table, as bits (the lowest bit of a byte first, numbers with their
//                  lowest bit first), the last filled up with 0 to a whole byte
//             8·B  for each of the B = ⌈n/256⌉ blocks its length in bytes (4) and their CRC-32 (4), as zlib computes it
//     H−4     4    CRC-32 of the header up to here
//       H          the blocks, without gaps; the last ends the file
//
// Block k holds images 256·k … 256·k + 255 (the last as many as there are left), so that any image can be had by
// decoding its block alone. Its symbols, image by image and in an image dimension by dimension, are a rANS stream: a
// state of four bytes, the highest first, then the bytes that renormalisation asks for (states in [2^23, 2^31),
// frequencies in units of 1/4096; rans.h). A block is at least as many bytes long as it has images, filled up with 0,
// so that no file declares more images than it has bytes.
//
// A table gives each symbol q the class of its count c: 0 for a count of 0, otherwise 1 + round(2·log2 c). First b
// bits: the last symbol that occurs; then for every symbol up to it the class less the class before (0 before the
// first), as a Rice code of parameter 1: x ≥ 0 as 2x, x < 0 as −2x − 1; with h half of that number: h times 1, a 0,
// then its last bit. Classes are at most 63. A class k ≥ 1 weighs w(k) = 2^15·2^((k−1)/2) (k odd) or 46341·2^((k−2)/2)
// (k even), a class of 0 nothing. With W the sum of weights and u the symbols of class ≥ 1 the frequency of such a
// symbol is 1 + ⌊w·(4096 − u)/W⌋, and the first of the largest frequencies gets what is missing to 4096.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ae/engine.h"
#include "use/bit_stream.h"
#include "use/quantizer.h"
#include "use/rans.h"

namespace ae {

/// The header of a file.
struct AezInfo {
    std::string decoder_sha256;
    int images = 0;
    int height = 0;
    int width = 0;
    Quantizer quantizer;
};

/// The bytes of a file. `symbols`: images × dimensions. Tables are made from the symbols, and left out where they would
/// cost more than they save. Throws UsageError for a code of more than 4096 dimensions.
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

    /// Codes of the block's images, rows × dimensions. Throws DataError where the block is damaged.
    std::vector<float> codes(std::size_t block) const;

private:
    struct Block {
        std::size_t begin = 0, length = 0;
        std::uint32_t crc = 0;
    };
    [[noreturn]] void fail(const std::string& what) const;
    std::string_view checked_header() const;
    void read_info(BitReader& reader);
    void read_models(BitReader& reader);
    void read_index(BitReader& reader, std::size_t first_block);

    std::string bytes_, name_;
    AezInfo info_;
    std::vector<SymbolModel> models_;
    std::vector<Block> blocks_;
};

/// Throws DataError.
Aez read_aez(const std::filesystem::path& path);

/// SHA-256 in hexadecimal digits of what decodes a code: the widths of the layers from the code on and the hidden ones'
/// activation ("64-128-784 relu"), a newline, and the float32 parameters of these layers as they lie in the flat array.
std::string decoder_sha256(const Settings& settings, std::span<const float> parameters);

}  // namespace ae
