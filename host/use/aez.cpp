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
#include "use/symbol_table.h"

namespace ae {
namespace {

constexpr std::string_view kMagic =
    "\x89"
    "AEZ\r\n\x1A\n";
constexpr std::uint32_t kVersion = 1;
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

/// Every symbol as probable as any other.
SymbolModel uniform_model(int bits) {
    const std::vector<std::uint16_t> frequencies(std::size_t(1) << bits,
                                                 static_cast<std::uint16_t>(SymbolModel::kScale >> bits));
    return SymbolModel(frequencies);
}

// ---------------------------------------------------------------------------------------------------------------------
// writing

struct Coded {
    BitWriter tables;
    std::vector<std::string> blocks;

    std::size_t size() const {
        std::size_t size = tables.bytes().size();
        for (const std::string& block : blocks) size += block.size();
        return size;
    }
};

void encode_blocks(Coded& coded, std::size_t images, std::span<const std::uint8_t> symbols,
                   std::span<const SymbolModel> models) {
    const std::size_t dimensions = symbols.size() / images;
    for (std::size_t b = 0; b < block_count(images); ++b) {
        const std::size_t rows = rows_of(b, images);
        std::string block = rans_encode(symbols.subspan(b * Aez::kBlockImages * dimensions, rows * dimensions), models);
        if (block.size() < rows) block.resize(rows, '\0');
        coded.blocks.push_back(std::move(block));
    }
}

Coded code_with_tables(std::size_t images, std::span<const std::uint8_t> symbols, int bits) {
    Coded coded;
    std::vector<SymbolModel> models;
    const std::size_t dimensions = symbols.size() / images;
    for (std::size_t d = 0; d < dimensions; ++d) {
        const CountClasses classes = count_classes(symbols, d, dimensions, bits);
        write_table(coded.tables, classes, bits);
        models.push_back(model_of(classes));
    }
    encode_blocks(coded, images, symbols, models);
    return coded;
}

Coded code_uniformly(std::size_t images, std::span<const std::uint8_t> symbols, int bits) {
    Coded coded;
    const SymbolModel model = uniform_model(bits);
    encode_blocks(coded, images, symbols, {&model, 1});
    return coded;
}

std::string header_of(const AezInfo& info, const Coded& coded, bool has_tables) {
    const Quantizer& quantizer = info.quantizer;
    const std::size_t size =
        kFixedSize + 8 * quantizer.dimensions() + coded.tables.bytes().size() + 8 * coded.blocks.size() + 4;
    BitWriter header;
    header.put(kMagic);
    for (const std::uint64_t word : {std::uint64_t(kVersion), std::uint64_t(size)}) header.put(word, 32);
    header.put(info.decoder_sha256);
    for (const int word : {info.images, info.height, info.width, static_cast<int>(quantizer.dimensions())})
        header.put(static_cast<std::uint64_t>(word), 32);
    header.put(static_cast<std::uint64_t>(quantizer.bits), 8);
    header.put(has_tables ? 1 : 0, 24);
    for (std::size_t d = 0; d < quantizer.dimensions(); ++d)
        for (const float bound : {quantizer.low[d], quantizer.high[d]})
            header.put(std::bit_cast<std::uint32_t>(bound), 32);
    header.put(coded.tables.bytes());
    for (const std::string& block : coded.blocks) {
        header.put(block.size(), 32);
        header.put(crc_of(block), 32);
    }
    header.put(crc_of(header.bytes()), 32);
    return header.bytes();
}

}  // namespace

std::string serialize_aez(const AezInfo& info, std::span<const std::uint8_t> symbols) {
    if (info.quantizer.dimensions() > kMostDimensions)
        throw UsageError(fmt::format("codes of {} dimensions; .aez files hold codes of up to {}",
                                     info.quantizer.dimensions(), kMostDimensions));
    const auto images = static_cast<std::size_t>(info.images);
    const Coded with_tables = code_with_tables(images, symbols, info.quantizer.bits);
    const Coded uniform = code_uniformly(images, symbols, info.quantizer.bits);
    const bool has_tables = with_tables.size() < uniform.size();
    const Coded& coded = has_tables ? with_tables : uniform;
    std::string file = header_of(info, coded, has_tables);
    for (const std::string& block : coded.blocks) file += block;
    return file;
}

// ---------------------------------------------------------------------------------------------------------------------
// reading

Aez::Aez(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
    const std::string_view header = checked_header();
    BitReader reader(header.substr(0, header.size() - 4));
    reader.take(static_cast<int>(8 * kMagic.size())), reader.take(64);
    read_info(reader);
    read_models(reader);
    read_index(reader, header.size());
}

void Aez::fail(const std::string& what) const {
    throw DataError(fmt::format("{}: {}", name_, what));
}

/// The header, its CRC included, once that is known to hold.
std::string_view Aez::checked_header() const {
    if (!bytes_.starts_with(kMagic)) fail("is not an .aez file: its first bytes differ");
    BitReader reader(std::string_view(bytes_).substr(kMagic.size()));
    const std::uint64_t version = reader.take(32), size = reader.take(32);
    if (bytes_.size() < kFixedSize + 4) fail(fmt::format("ends after {} bytes: cut short", bytes_.size()));
    if (version != kVersion)
        fail(fmt::format("is of .aez version {}; this program reads version {}", version, kVersion));
    if (size < kFixedSize + 4 || size > bytes_.size())
        fail(fmt::format("declares a header of {} bytes; it has {}: damaged or cut short", size, bytes_.size()));
    const std::string_view header = std::string_view(bytes_).substr(0, size);
    if (BitReader(header.substr(size - 4)).take(32) != crc_of(header.substr(0, size - 4)))
        fail("its header is damaged: the CRC-32 differs");
    return header;
}

void Aez::read_info(BitReader& reader) {
    info_.decoder_sha256 = bytes_.substr(reader.byte(), kHashSize);
    for (std::size_t i = 0; i < kHashSize; ++i) reader.take(8);
    const std::uint64_t images = reader.take(32), height = reader.take(32), width = reader.take(32);
    const std::uint64_t dimensions = reader.take(32), bits = reader.take(8);
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
}

void Aez::read_models(BitReader& reader) {
    const std::uint64_t has_tables = reader.take(24);
    Quantizer& quantizer = info_.quantizer;
    for (std::size_t d = 0; d < quantizer.dimensions(); ++d) {
        for (float* bound : {&quantizer.low[d], &quantizer.high[d]})
            *bound = std::bit_cast<float>(static_cast<std::uint32_t>(reader.take(32)));
        if (!(std::isfinite(quantizer.low[d]) && std::isfinite(quantizer.high[d]) &&
              quantizer.low[d] <= quantizer.high[d]))
            fail(fmt::format("the range of dimension {} is damaged", d));
    }
    if (has_tables > 1) fail(fmt::format("declares tables of kind {}; 0 and 1 are known", has_tables));
    if (has_tables == 0) models_.push_back(uniform_model(quantizer.bits));
    for (std::size_t d = 0; has_tables == 1 && d < quantizer.dimensions(); ++d) {
        const CountClasses classes = read_table(reader, quantizer.bits);
        if (classes.empty()) fail(fmt::format("the table of dimension {} is damaged", d));
        models_.push_back(model_of(classes));
    }
    if (!reader.align()) fail("its tables are damaged at their end");
}

void Aez::read_index(BitReader& reader, std::size_t first_block) {
    const auto images = static_cast<std::size_t>(info_.images);
    if (reader.byte() + 8 * block_count(images) + 4 != first_block)
        fail(fmt::format("its header of {} bytes does not fit {} images", first_block, images));
    std::size_t begin = first_block;
    for (std::size_t b = 0; b < block_count(images); ++b) {
        const auto length = static_cast<std::size_t>(reader.take(32));
        blocks_.push_back({begin, length, static_cast<std::uint32_t>(reader.take(32))});
        if (length < rows_of(b, images) || length > bytes_.size() - begin)
            fail(fmt::format("declares {} bytes for block {}: cut short or damaged", length, b));
        begin += length;
    }
    if (begin != bytes_.size()) fail(fmt::format("has {} bytes after its last block", bytes_.size() - begin));
}

std::vector<float> Aez::codes(std::size_t block) const {
    const auto& [begin, length, crc] = blocks_.at(block);
    const std::string_view bytes = std::string_view(bytes_).substr(begin, length);
    if (crc_of(bytes) != crc) fail(fmt::format("block {} is damaged: the CRC-32 differs", block));
    const std::size_t rows = rows_of(block, static_cast<std::size_t>(info_.images));
    std::vector<std::uint8_t> symbols(rows * info_.quantizer.dimensions());
    const std::size_t used = rans_decode(symbols, bytes, models_);
    const bool filled_up = used < length && length == rows && bytes.find_first_not_of('\0', used) == bytes.npos;
    if (used == 0 || (used < length && !filled_up)) fail(fmt::format("block {} holds no codes", block));
    return info_.quantizer.dequantize(symbols);
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
