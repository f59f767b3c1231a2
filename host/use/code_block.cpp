#include "use/code_block.h"

#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <memory>
#include <new>
#include <stdexcept>

namespace ae {
namespace {

// Codes repeat themselves only where a unit is off, in long runs; shorter matches cost more than they save. Higher
// levels gain less than 1 % and take up to ten times as long.
constexpr int kLevel = 16, kShortestMatch = 6;

/// Dimension by dimension, so that zstd finds equal distributions side by side; small symbols share bytes.
std::string packed(const BlockLayout& layout, std::span<const std::uint8_t> symbols) {
    std::string bytes(layout.packed_bytes(), '\0');
    std::size_t i = 0;
    for (std::size_t d = 0; d < layout.dimensions; ++d)
        for (std::size_t row = 0; row < layout.rows; ++row, ++i) {
            const int shift = layout.bits * static_cast<int>(i % layout.per_byte());
            char& byte = bytes[i / layout.per_byte()];
            byte = static_cast<char>(byte | symbols[row * layout.dimensions + d] << shift);
        }
    return bytes;
}

/// The inverse of packed(); nothing where a bit is set that belongs to no symbol.
std::optional<std::vector<std::uint8_t>> unpacked(const BlockLayout& layout, std::string_view bytes) {
    std::vector<std::uint8_t> symbols(layout.symbols());
    const unsigned mask = (1u << layout.bits) - 1;
    std::size_t i = 0, d = 0, row = 0;
    for (const char byte : bytes) {
        unsigned rest = static_cast<std::uint8_t>(byte);
        for (std::size_t k = 0; k < layout.per_byte() && i < symbols.size(); ++k, ++i, rest >>= layout.bits) {
            symbols[row * layout.dimensions + d] = static_cast<std::uint8_t>(rest & mask);
            if (++row == layout.rows) row = 0, ++d;
        }
        if (rest != 0) return std::nullopt;
    }
    return symbols;
}

std::size_t without_lack_of_memory(std::size_t result) {
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
    return result;
}

std::size_t checked(std::size_t result) {
    if (ZSTD_isError(without_lack_of_memory(result)))
        throw std::runtime_error(fmt::format("zstd: {}", ZSTD_getErrorName(result)));
    return result;
}

std::string zstd_frame(std::string_view bytes) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    if (!context) throw std::bad_alloc();
    checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel));
    checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_minMatch, kShortestMatch));
    checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0));  // the header of the file implies it
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    frame.resize(checked(ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size())));
    return frame;
}

/// The length of the frame that `bytes` begin with; 0 where they begin with none of the format of today, since zstd
/// would read its former formats too.
std::size_t frame_length(std::string_view bytes) {
    if (!bytes.starts_with("\x28\xB5\x2F\xFD")) return 0;
    const std::size_t length = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
    return ZSTD_isError(length) ? 0 : length;
}

}  // namespace

std::string compress_block(const BlockLayout& layout, std::span<const std::uint8_t> symbols) {
    std::string raw = packed(layout, symbols);
    std::string block = zstd_frame(raw);
    if (block.size() < layout.rows) block.resize(layout.rows, '\0');
    return raw.size() >= layout.rows && raw.size() <= block.size() ? raw : block;
}

std::optional<std::vector<std::uint8_t>> decompress_block(const BlockLayout& layout, std::string_view bytes) {
    if (bytes.size() == layout.packed_bytes()) return unpacked(layout, bytes);
    const std::size_t length = frame_length(bytes);
    const bool is_filled_up = bytes.size() == layout.rows && bytes.find_first_not_of('\0', length) == bytes.npos;
    if (length == 0 || (length < bytes.size() && !is_filled_up)) return std::nullopt;
    std::string raw(layout.packed_bytes(), '\0');
    const std::size_t count = ZSTD_decompress(raw.data(), raw.size(), bytes.data(), length);
    if (without_lack_of_memory(count) != raw.size()) return std::nullopt;
    return unpacked(layout, raw);
}

}  // namespace ae
