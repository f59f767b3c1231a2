// The writing half of npy.h, and npy_writer.h.
#include "file/npy_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "file/npy.h"
#include "file/npy_header.h"

namespace ae {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kAlignment = 64;

/// All that comes before the values.
std::string beginning_of_npy(std::string_view type, std::span<const std::uint64_t> shape) {
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (", type);
    for (std::size_t d = 0; d < shape.size(); ++d) header += fmt::format("{}{}", d == 0 ? "" : ", ", shape[d]);
    header += shape.size() == 1 ? ",), }" : "), }";
    const std::size_t begin = kNpyMagic.size() + 4;
    header.append((kAlignment - (begin + header.size() + 1) % kAlignment) % kAlignment, ' ');
    header += '\n';
    std::string file(kNpyMagic);
    file += {1, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
    return file += header;
}

std::string serialize(std::string_view type, const void* values, std::size_t value_bytes, std::size_t count,
                      std::span<const std::uint64_t> shape) {
    if (byte_size(Dtype::u8, shape) != count)
        throw std::invalid_argument(fmt::format("npy: {} values for the shape {}", count, shape_text(shape)));
    return beginning_of_npy(type, shape).append(static_cast<const char*>(values), value_bytes * count);
}

}  // namespace

NpyWriter::NpyWriter(const std::filesystem::path& path, std::span<const std::uint64_t> shape)
    : file_(path), missing_(byte_size(Dtype::u8, shape).value()) {
    file_.write(beginning_of_npy("<f4", shape));
}

void NpyWriter::write(std::span<const float> values) {
    if (values.size() > missing_) throw std::logic_error("npy: more values than its shape has");
    missing_ -= values.size();
    file_.write({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

void NpyWriter::commit() {
    if (missing_ > 0) throw std::logic_error("npy: fewer values than its shape has");
    file_.commit();
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
std::string serialize_npy(const Tensor& tensor) {
    const auto type = std::ranges::find(kNpyTypes, tensor.dtype, &NpyType::dtype);
    if (type == kNpyTypes.end()) throw std::invalid_argument("npy: NumPy has no such type");
    const auto size = static_cast<std::size_t>(*byte_size(tensor.dtype, {}));
    return serialize(type->descr, tensor.bytes.data(), size, tensor.bytes.size() / size, tensor.shape);
}

}  // namespace ae
