#include "use/aez.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>

#include "ae/error.h"
#include "engine/names.h"
#include "file/input_file.h"
#include "file/sha256.h"

namespace ae {
namespace {

constexpr std::string_view kMagic =
    "\x89"
    "AEZ\r\n\x1A\n";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kFixedSize = 100, kHashSize = 64, kMostDimensions = 4096;
constexpr std::uint64_t kMostPixels = 65'536;

std::uint32_t crc_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::size_t block_count(std::size_t images) {
    return (images + Aez::kBlockImages - 1) / Aez::kBlockImages;
}

std::size_t rows_of(std::size_t block, std::size_t images) {
    return std::min<std::size_t>(Aez::kBlockImages, images - block * Aez::kBlockImages);
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word |= std::uint32_t(static_cast<std::uint8_t>(bytes[at + i])) << 8 * i;
    return word;
}

void put_word(std::string& bytes, std::uint32_t word) {
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(word >> shift & 0xFF);
}

std::size_t header_size(const AezInfo& info) {
    return kFixedSize + 8 * info.quantizer.dimensions() + 8 * block_count(static_cast<std::size_t>(info.images)) + 4;
}

// ---------------------------------------------------------------------------------------------------------------------
// writing

/// A block of a file, as its index tells of it.
struct BlockEntry {
    std::uint32_t length, crc;
};

BlockLayout layout_of(std::size_t block, const AezInfo& info) {
    return {rows_of(block, static_cast<std::size_t>(info.images)), info.quantizer.dimensions(), info.quantizer.bits};
}

/// No block is longer than its symbols are before they are compressed, or than it has images.
std::size_t most_bytes(const AezInfo& info) {
    std::size_t bytes = header_size(info);
    for (std::size_t b = 0; b < block_count(static_cast<std::size_t>(info.images)); ++b)
        bytes += std::max(layout_of(b, info).packed_bytes(), layout_of(b, info).rows);
    return bytes;
}

std::string header_of(const AezInfo& info, std::span<const BlockEntry> blocks) {
    const Quantizer& quantizer = info.quantizer;
    std::string header(kMagic);
    put_word(header, kVersion);
    put_word(header, static_cast<std::uint32_t>(header_size(info)));
    header += info.decoder_sha256;
    for (const int word : {info.images, info.height, info.width, static_cast<int>(quantizer.dimensions())})
        put_word(header, static_cast<std::uint32_t>(word));
    put_word(header, static_cast<std::uint32_t>(quantizer.bits));
    for (std::size_t d = 0; d < quantizer.dimensions(); ++d)
        for (const float bound : {quantizer.low[d], quantizer.high[d]})
            put_word(header, std::bit_cast<std::uint32_t>(bound));
    for (const BlockEntry& block : blocks) {
        put_word(header, block.length);
        put_word(header, block.crc);
    }
    put_word(header, crc_of(header));
    return header;
}

}  // namespace

std::string serialize_aez(const AezInfo& info, std::span<const std::uint8_t> symbols) {
    const std::size_t dimensions = info.quantizer.dimensions();
    return serialize_aez(info, [&](std::size_t first, std::size_t n) {
        const auto part = symbols.subspan(first * dimensions, n * dimensions);
        return std::vector<std::uint8_t>(part.begin(), part.end());
    });
}

/// The blocks follow the place of the header, so that they are in memory once.
std::string serialize_aez(const AezInfo& info, const SymbolsOf& symbols, const Progress& progress) {
    if (info.quantizer.dimensions() > kMostDimensions)
        throw UsageError(fmt::format("codes of {} dimensions; .aez files hold codes of up to {}",
                                     info.quantizer.dimensions(), kMostDimensions));
    std::string file;
    file.reserve(most_bytes(info));
    file.resize(header_size(info));
    std::vector<BlockEntry> entries;
    const std::size_t blocks = block_count(static_cast<std::size_t>(info.images));
    for (std::size_t b = 0; b < blocks; ++b) {
        const BlockLayout layout = layout_of(b, info);
        const std::string block = compress_block(layout, symbols(b * Aez::kBlockImages, layout.rows));
        entries.push_back({static_cast<std::uint32_t>(block.size()), crc_of(block)});
        file += block;
        tell(progress, static_cast<double>(b + 1) / static_cast<double>(blocks));
    }
    return file.replace(0, header_size(info), header_of(info, entries));
}

// ---------------------------------------------------------------------------------------------------------------------
// reading

Aez::Aez(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
    const std::string_view header = checked_header();
    read_info(header);
    read_ranges(header);
    read_index(header);
}

void Aez::fail(const std::string& what) const {
    throw DataError(fmt::format("{}: {}", name_, what));
}

/// The header, its CRC included, once that is known to hold.
std::string_view Aez::checked_header() const {
    if (!bytes_.starts_with(kMagic)) fail("is not an .aez file: it begins otherwise");
    if (bytes_.size() < kFixedSize + 4) fail(fmt::format("ends after {} bytes: cut short", bytes_.size()));
    const std::uint32_t version = word_at(bytes_, 8), size = word_at(bytes_, 12);
    if (version != kVersion)
        fail(
            fmt::format("is of .aez version {}; this program reads version {} only: compress the images again, or "
                        "decompress the file with the ae_cuda that made it",
                        version, kVersion));
    if (size < kFixedSize + 4 || size > bytes_.size())
        fail(fmt::format("declares a header of {} bytes; it has {}: damaged or cut short", size, bytes_.size()));
    const std::string_view header = std::string_view(bytes_).substr(0, size);
    if (word_at(header, size - 4) != crc_of(header.substr(0, size - 4)))
        fail("its header is damaged: the CRC-32 differs");
    return header;
}

void Aez::read_info(std::string_view header) {
    info_.decoder_sha256 = header.substr(16, kHashSize);
    const std::uint64_t images = word_at(header, 80), height = word_at(header, 84), width = word_at(header, 88);
    const std::uint64_t dimensions = word_at(header, 92), bits = word_at(header, 96);
    if (images == 0 || images > bytes_.size() || images > INT_MAX)
        fail(fmt::format("declares {} images in {} bytes", images, bytes_.size()));
    if (height == 0 || width == 0 || height * width > kMostPixels)
        fail(fmt::format("declares images of {}×{} pixels; 1 to {} were expected", height, width, kMostPixels));
    if (dimensions == 0 || dimensions > kMostDimensions || bits == 0 || bits > 8)
        fail(fmt::format("declares codes of {} dimensions and {} bits; up to {} and 8 can be read", dimensions, bits,
                         kMostDimensions));
    info_.images = static_cast<int>(images), info_.height = static_cast<int>(height);
    info_.width = static_cast<int>(width), info_.quantizer.bits = static_cast<int>(bits);
    info_.quantizer.low.resize(dimensions), info_.quantizer.high.resize(dimensions);
    if (header_size(info_) != header.size())
        fail(fmt::format("its header of {} bytes does not fit {} images and {} dimensions", header.size(), images,
                         dimensions));
}

void Aez::read_ranges(std::string_view header) {
    Quantizer& quantizer = info_.quantizer;
    for (std::size_t d = 0; d < quantizer.dimensions(); ++d) {
        const float low = std::bit_cast<float>(word_at(header, kFixedSize + 8 * d));
        const float high = std::bit_cast<float>(word_at(header, kFixedSize + 8 * d + 4));
        if (!(std::isfinite(low) && std::isfinite(high) && low <= high))
            fail(fmt::format("the range of dimension {} is not one", d));
        quantizer.low[d] = low, quantizer.high[d] = high;
    }
}

void Aez::read_index(std::string_view header) {
    const std::size_t entries = kFixedSize + 8 * info_.quantizer.dimensions();
    std::size_t begin = header.size();
    for (std::size_t b = 0; b < block_count(static_cast<std::size_t>(info_.images)); ++b) {
        const std::size_t length = word_at(header, entries + 8 * b);
        blocks_.push_back({begin, length, word_at(header, entries + 8 * b + 4)});
        if (length < layout(b).rows || length > bytes_.size() - begin)
            fail(fmt::format("declares {} bytes for block {}: cut short or damaged", length, b));
        begin += length;
    }
    if (begin != bytes_.size()) fail(fmt::format("has {} bytes after its last block", bytes_.size() - begin));
}

BlockLayout Aez::layout(std::size_t block) const {
    return layout_of(block, info_);
}

std::vector<float> Aez::codes(std::size_t block) const {
    const auto& [begin, length, crc] = blocks_.at(block);
    const std::string_view bytes = std::string_view(bytes_).substr(begin, length);
    if (crc_of(bytes) != crc) fail(fmt::format("block {} is damaged: the CRC-32 differs", block));
    const auto symbols = decompress_block(layout(block), bytes);
    if (!symbols) fail(fmt::format("block {} holds no codes", block));
    return info_.quantizer.dequantize(*symbols);
}

Aez read_aez(const std::filesystem::path& path) {
    return {read_input(path), path.string()};
}

std::string decoder_sha256(const Settings& settings, std::span<const float> parameters) {
    const Shape& shape = settings.shape;
    const auto first = static_cast<std::size_t>(shape.encoder_layers());
    std::string widths;
    for (std::size_t i = first; i < shape.widths().size(); ++i)
        widths += fmt::format("{}{}", widths.empty() ? "" : "-", shape.widths()[i]);
    widths += fmt::format(" {}\n", text(settings.activation));
    Sha256 hash;
    hash.update(std::as_bytes(std::span(widths)));
    hash.update(std::as_bytes(parameters.subspan(shape.layers()[first].weight)));
    return hash.hex();
}

}  // namespace ae
