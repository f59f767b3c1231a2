#include "file/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "ae/error.h"
#include "file/input_file.h"
#include "file/npy_header.h"
#include "file/tensor_floats.h"

namespace ae {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kLargestHeader = 10'000;  // NumPy's own limit
constexpr std::size_t kMostBeforeValues = kNpyMagic.size() + 6 + kLargestHeader;

[[noreturn]] void fail(const std::string& name, const std::string& what) {
    throw DataError(fmt::format("{}: {}", name, what));
}

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

/// Cuts magic, version and header off the front of `bytes`.
NpyHeader read_header(std::string_view& bytes, const std::string& name) {
    if (!bytes.starts_with(kNpyMagic)) fail(name, "is not an .npy file: it does not begin with \\x93NUMPY");
    if (bytes.size() < kNpyMagic.size() + 4) fail(name, fmt::format("ends after {} bytes: cut short", bytes.size()));
    const int major = static_cast<std::uint8_t>(bytes[6]), minor = static_cast<std::uint8_t>(bytes[7]);
    if (major < 1 || major > 3 || minor != 0)
        fail(name, fmt::format("is of .npy version {}.{}; 1.0, 2.0 and 3.0 can be read", major, minor));
    const std::size_t width = major == 1 ? 2 : 4, begin = kNpyMagic.size() + 2 + width;
    const std::uint64_t length = little_endian(bytes.substr(8, width));
    if (length > kLargestHeader)
        fail(name, fmt::format("declares a header of {} bytes; up to {} were expected", length, kLargestHeader));
    if (bytes.size() < begin + length) fail(name, fmt::format("ends within its header of {} bytes: cut short", length));
    NpyHeader header = parse_npy_header(bytes.substr(begin, length), name);
    bytes.remove_prefix(begin + length);
    return header;
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

/// How many bytes the values take that the header declares, `size` each; `there` is how many follow the header.
std::uint64_t bytes_of_values(const NpyHeader& header, std::size_t size, std::uint64_t there, const std::string& name) {
    std::uint64_t needed = 0;
    const std::optional<std::uint64_t> count = byte_size(Dtype::u8, header.shape);
    if (!count || __builtin_mul_overflow(*count, size, &needed))
        fail(name, fmt::format("declares {} values, an overflow", shape_text(header.shape)));
    if (there < needed)
        fail(name, fmt::format("declares {} values of {} bytes; {} bytes follow the header: cut short",
                               shape_text(header.shape), size, there));
    return needed;
}

std::string_view values_of(std::string_view bytes, const NpyHeader& header, std::size_t size, const std::string& name) {
    return bytes.substr(0, bytes_of_values(header, size, bytes.size(), name));
}

Dtype dtype_of(const std::string& descr, const std::string& name) {
    for (const NpyType& type : kNpyTypes)
        if (descr == type.descr || (descr.starts_with('>') && descr.substr(1) == type.descr.substr(1)))
            return type.dtype;
    if (descr.substr(std::min<std::size_t>(descr.size(), 1)).starts_with("O"))
        fail(name, "holds Python objects, which are never read; save numbers instead");
    fail(name, fmt::format("holds values of type '{:.40}'; numbers of 1 to 8 bytes were expected", descr));
}

std::size_t tensor_value_size(const std::string& descr, const std::string& name) {
    return static_cast<std::size_t>(*byte_size(dtype_of(descr, name), {}));
}

/// The bytes that parse_npy_tensor() needs of a file, read once its header is known to fit its size.
std::string read_npy_bytes(const std::filesystem::path& path) {
    const std::string name = path.string(), begin = beginning_of(path, kMostBeforeValues);
    std::string_view rest = begin;
    const NpyHeader header = read_header(rest, name);
    const std::uint64_t before = begin.size() - rest.size(), size = input_size(path);
    const std::uint64_t there = size - std::min(size, before);
    return beginning_of(path, before + bytes_of_values(header, tensor_value_size(header.descr, name), there, name));
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

Tensor parse_npy_tensor(std::string_view bytes, const std::string& name) {
    const NpyHeader header = read_header(bytes, name);
    const Dtype dtype = dtype_of(header.descr, name);
    const std::size_t size = tensor_value_size(header.descr, name);
    bytes = values_of(bytes, header, size, name);
    std::string values = size == 1   ? ordered<std::uint8_t>(bytes, header)
                         : size == 2 ? ordered<std::uint16_t>(bytes, header)
                         : size == 4 ? ordered<std::uint32_t>(bytes, header)
                                     : ordered<std::uint64_t>(bytes, header);
    return {dtype, header.shape, std::move(values)};
}

Npy as_npy(const Tensor& array, const std::string& name) {
    if (auto floats = to_floats(array)) return {array.shape, std::move(*floats)};
    if (auto pixels = to_bytes(array)) return {array.shape, std::move(*pixels)};
    fail(name, fmt::format("holds {} outside 0…255; save x.astype('float32')", dtype_name(array.dtype)));
}

Npy parse_npy(std::string_view bytes, const std::string& name) {
    return as_npy(parse_npy_tensor(bytes, name), name);
}

Npy read_npy(const std::filesystem::path& path) {
    return parse_npy(read_npy_bytes(path), path.string());
}

Tensor read_npy_tensor(const std::filesystem::path& path) {
    return parse_npy_tensor(read_npy_bytes(path), path.string());
}

std::string shape_text(std::span<const std::uint64_t> shape) {
    std::string text;
    for (const std::uint64_t d : shape) text += fmt::format("{}{}", text.empty() ? "" : "×", d);
    return text.empty() ? "()" : text;
}

}  // namespace ae
