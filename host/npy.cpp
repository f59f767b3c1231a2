#include "npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "ae/error.h"
#include "input_file.h"
#include "npy_header.h"

namespace ae {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kLargestHeader = 10'000;  // NumPy's own limit
constexpr std::size_t kAlignment = 64;

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
    if (!bytes.starts_with(kMagic)) fail(name, "is not an .npy file: it does not begin with \\x93NUMPY");
    if (bytes.size() < kMagic.size() + 4) fail(name, fmt::format("ends after {} bytes: cut short", bytes.size()));
    const int major = static_cast<std::uint8_t>(bytes[6]), minor = static_cast<std::uint8_t>(bytes[7]);
    if (major < 1 || major > 3 || minor != 0)
        fail(name, fmt::format("is of .npy version {}.{}; 1.0, 2.0 and 3.0 can be read", major, minor));
    const std::size_t width = major == 1 ? 2 : 4, begin = kMagic.size() + 2 + width;
    const std::uint64_t length = little_endian(bytes.substr(8, width));
    if (length > kLargestHeader)
        fail(name, fmt::format("declares a header of {} bytes; up to {} were expected", length, kLargestHeader));
    if (bytes.size() < begin + length) fail(name, fmt::format("ends within its header of {} bytes: cut short", length));
    NpyHeader header = parse_npy_header(bytes.substr(begin, length), name);
    bytes.remove_prefix(begin + length);
    return header;
}

std::optional<std::uint64_t> product(std::span<const std::uint64_t> shape) {
    std::uint64_t count = 1;
    for (const std::uint64_t d : shape)
        if (__builtin_mul_overflow(count, d, &count)) return {};
    return count;
}

template <typename Wide>
Wide byte_swapped(Wide bits) {
    if constexpr (sizeof bits == 8) return __builtin_bswap64(bits);
    return static_cast<Wide>(__builtin_bswap32(static_cast<std::uint32_t>(bits)));
}

/// `count` numbers of type `Float` as float, their bytes reversed where `swap`.
template <typename Float, typename Bits>
std::vector<float> to_floats(std::string_view bytes, std::size_t count, bool swap) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        Bits bits;
        std::memcpy(&bits, bytes.data() + i * sizeof bits, sizeof bits);
        values[i] = static_cast<float>(std::bit_cast<Float>(swap ? byte_swapped(bits) : bits));
    }
    return values;
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

/// Bytes of one value of this type. Throws DataError for types that are not read.
std::size_t value_size(const std::string& descr, const std::string& name) {
    const std::string_view order = std::string_view(descr).substr(0, 1),
                           type = std::string_view(descr).substr(order.size());
    if (type == "u1" && (order == "|" || order == "<" || order == ">")) return 1;
    if (type == "f4" && (order == "<" || order == ">")) return 4;
    if (type == "f8" && (order == "<" || order == ">")) return 8;
    if (type.starts_with("O")) fail(name, "holds Python objects, which are never read; save numbers instead");
    fail(name,
         fmt::format(
             "holds values of type '{:.40}'; '|u1' (bytes), '<f4' or '<f8' were expected: save x.astype('float32')",
             descr));
}

std::string serialize(std::string_view type, const void* values, std::size_t value_bytes, std::size_t count,
                      std::span<const std::uint64_t> shape) {
    if (product(shape) != count)
        throw std::invalid_argument(fmt::format("npy: {} values for the shape {}", count, shape_text(shape)));
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (", type);
    for (std::size_t d = 0; d < shape.size(); ++d) header += fmt::format("{}{}", d == 0 ? "" : ", ", shape[d]);
    header += shape.size() == 1 ? ",), }" : "), }";
    const std::size_t begin = kMagic.size() + 4;
    header.append((kAlignment - (begin + header.size() + 1) % kAlignment) % kAlignment, ' ');
    header += '\n';
    std::string file(kMagic);
    file += {1, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
    file += header;
    return file.append(static_cast<const char*>(values), value_bytes * count);
}

}  // namespace

Npy parse_npy(std::string_view bytes, const std::string& name) {
    const NpyHeader header = read_header(bytes, name);
    Npy npy{header.shape, {}};
    const std::size_t size = value_size(header.descr, name);
    const std::optional<std::uint64_t> count = product(npy.shape);
    std::uint64_t needed = 0;
    if (!count || __builtin_mul_overflow(*count, size, &needed))
        fail(name, fmt::format("declares {} values, an overflow", shape_text(npy.shape)));
    if (bytes.size() < needed)
        fail(name, fmt::format("declares {} values of {} bytes; {} bytes follow the header: cut short",
                               shape_text(npy.shape), size, bytes.size()));
    const bool swap = header.descr.front() == '>';
    if (size == 1)
        npy.values = std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(needed));
    else
        npy.values = size == 4 ? to_floats<float, std::uint32_t>(bytes, *count, swap)
                               : to_floats<double, std::uint64_t>(bytes, *count, swap);
    if (header.fortran_order) std::visit([&](auto& values) { values = row_major(values, npy.shape); }, npy.values);
    return npy;
}

Npy read_npy(const std::filesystem::path& path) {
    return parse_npy(read_input(path), path.string());
}

std::string serialize_npy(std::span<const std::uint8_t> values, std::span<const std::uint64_t> shape) {
    return serialize("|u1", values.data(), sizeof values[0], values.size(), shape);
}
std::string serialize_npy(std::span<const std::int32_t> values, std::span<const std::uint64_t> shape) {
    return serialize("<i4", values.data(), sizeof values[0], values.size(), shape);
}
std::string serialize_npy(std::span<const float> values, std::span<const std::uint64_t> shape) {
    return serialize("<f4", values.data(), sizeof values[0], values.size(), shape);
}

std::string shape_text(std::span<const std::uint64_t> shape) {
    std::string text;
    for (const std::uint64_t d : shape) text += fmt::format("{}{}", text.empty() ? "" : "×", d);
    return text.empty() ? "()" : text;
}

}  // namespace ae
