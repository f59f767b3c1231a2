// Named arrays in a file: the safetensors format (huggingface/safetensors), read and written as the reference does.
//
// Layout: u64 little-endian N, N bytes of JSON, the arrays' bytes without gaps. The JSON gives each array's type, shape
// and place, and under "__metadata__" texts.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// In the order of the reference, which also orders the arrays of a file.
enum class Dtype : std::uint8_t {
    boolean,
    f4,
    f6_e2m3,
    f6_e3m2,
    u8,
    i8,
    f8_e5m2,
    f8_e4m3,
    f8_e8m0,
    f8_e4m3fnuz,
    f8_e5m2fnuz,
    i16,
    u16,
    f16,
    bf16,
    i32,
    u32,
    f32,
    c64,
    f64,
    i64,
    u64,
};

/// The longest header in bytes that the reference reads; none longer is written.
inline constexpr std::uint64_t kLargestTensorHeader = 100'000'000;

std::string_view dtype_name(Dtype dtype);  ///< "F32"
std::optional<Dtype> dtype_named(std::string_view name);

/// The size of an array in bytes; none if the product overflows or ends inside a byte.
std::optional<std::uint64_t> byte_size(Dtype dtype, std::span<const std::uint64_t> shape);

struct Tensor {
    Dtype dtype = Dtype::f32;
    std::vector<std::uint64_t> shape;  ///< row-major; empty for a scalar
    std::string bytes;                 ///< little-endian

    bool operator==(const Tensor&) const = default;
};

using Metadata = std::map<std::string, std::string>;

struct TensorFile {
    Metadata metadata;
    std::map<std::string, Tensor> tensors;
};

/// The bytes of a file, as the reference lays them out: arrays by descending type, then by name; the header padded with
/// spaces to a multiple of 8. Throws std::logic_error if a tensor's bytes do not fit its shape, OutputError if the
/// header would be longer than kLargestTensorHeader.
std::string serialize_safetensors(const TensorFile& file);

/// Reads what serialize_safetensors() and the reference write. `name` is used in error messages.
/// Throws ModelError, each cause with its own message. Memory stays within a small multiple of bytes.size().
TensorFile parse_safetensors(std::string_view bytes, const std::string& name);

/// Throws ModelError, also where the file cannot be read.
TensorFile read_safetensors(const std::filesystem::path& path);

/// Throws OutputError.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

Tensor tensor_of(std::span<const float> values, std::vector<std::uint64_t> shape);
Tensor tensor_of(std::int64_t value);

/// CRC-32 of everything in the file but the metadata "crc32", 8 hexadecimal digits. It covers names, types, shapes,
/// bytes and texts, not the layout: a file that another tool rewrote with the same content still fits.
std::string checksum(const TensorFile& file);

}  // namespace ae
