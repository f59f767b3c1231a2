#include "file/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "ae/error.h"
#include "file/npy_header.h"
#include "file/tensor_floats.h"

namespace ae {
namespace {

static_assert(std::endian::native == std::endian::little);

[[noreturn]] void fail(const std::string& name, const std::string& what) {
    throw DataError(fmt::format("{}: {}", name, what));
}

template <typename Bits>
Bits byte_swapped(Bits bits) {
    if constexpr (sizeof bits == 8) return __builtin_bswap64(bits);
    if constexpr (sizeof bits == 4) return __builtin_bswap32(bits);
    if constexpr (sizeof bits == 2) return __builtin_bswap16(bits);
    return bits;
}

/// From column-major to row-major: walks the places of the result in order and keeps the matching place of the source.
template <typename T>
std::vector<T> row_major(const std::vector<T>& source, std::span<const std::uint64_t> shape) {
    std::vector<std::uint64_t> stride(shape.size(), 1), index(shape.size());
    for (std::size_t d = 1; d < shape.size(); ++d) stride[d] = stride[d - 1] * shape[d - 1];
    std::vector<T> result(source.size());
    std::uint64_t from = 0;
    for (T& value : result) {
        value = source[from];
        for (std::size_t d = shape.size(); d-- > 0;) {
            from += stride[d];
            if (++index[d] < shape[d]) break;
            from -= stride[d] * shape[d];
            index[d] = 0;
        }
    }
    return result;
}

/// Little-endian and row-major, whatever the file has.
template <typename Bits>
std::string ordered(std::string_view bytes, const NpyHeader& header) {
    std::vector<Bits> values(bytes.size() / sizeof(Bits));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    if (header.descr.front() == '>') std::ranges::transform(values, values.begin(), byte_swapped<Bits>);
    if (header.fortran_order) values = row_major(values, header.shape);
    return {reinterpret_cast<const char*>(values.data()), bytes.size()};
}

}  // namespace

Tensor npy_tensor(std::string bytes, const NpyHeader& header, const std::string& name) {
    const Dtype dtype = npy_dtype(header, name);
    if (!header.descr.starts_with('>') && !header.fortran_order) return {dtype, header.shape, std::move(bytes)};
    const std::size_t size = npy_value_size(header, name);
    std::string values = size == 1   ? ordered<std::uint8_t>(bytes, header)
                         : size == 2 ? ordered<std::uint16_t>(bytes, header)
                         : size == 4 ? ordered<std::uint32_t>(bytes, header)
                                     : ordered<std::uint64_t>(bytes, header);
    return {dtype, header.shape, std::move(values)};
}

Tensor parse_npy_tensor(std::string_view bytes, const std::string& name) {
    const NpyHeader header = cut_npy_header(bytes, name);
    return npy_tensor(std::string(bytes.substr(0, npy_value_bytes(header, bytes.size(), name))), header, name);
}

Npy as_npy(const Tensor& array, const std::string& name) {
    if (auto floats = to_floats(array)) return {array.shape, std::move(*floats)};
    if (auto pixels = to_bytes(array)) return {array.shape, std::move(*pixels)};
    fail(name, fmt::format("holds {} outside 0…255; save x.astype('float32')", dtype_name(array.dtype)));
}

Npy parse_npy(std::string_view bytes, const std::string& name) {
    return as_npy(parse_npy_tensor(bytes, name), name);
}

std::string shape_text(std::span<const std::uint64_t> shape) {
    std::string text;
    for (const std::uint64_t d : shape) text += fmt::format("{}{}", text.empty() ? "" : "×", d);
    return text.empty() ? "()" : text;
}

}  // namespace ae
