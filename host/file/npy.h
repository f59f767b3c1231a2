// Arrays in a file: NumPy's .npy format (numpy/lib/format.py), read as leniently as NumPy does, written as version 1.0.
//
// Layout: "\x93NUMPY", major, minor, N (u16 little-endian; u32 from version 2 on), N bytes of text, the values. The
// text is a Python dict, {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, and spaces up to a final newline,
// so that the values begin at a multiple of 64.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "file/safetensors.h"

namespace ae {

struct Npy {
    std::vector<std::uint64_t> shape;  ///< row-major; empty for a scalar
    std::variant<std::vector<std::uint8_t>, std::vector<float>> values;
};

/// Bytes, true and false (255 and 0) and integers in 0…255 as bytes, f2, f4 and f8 of either byte order as float;
/// Fortran order is turned into row-major. `name` is used in error messages. Throws DataError, each cause with its own
/// message, before anything is allocated that the file's own length does not justify. Objects are never unpickled.
Npy parse_npy(std::string_view bytes, const std::string& name);
Npy read_npy(const std::filesystem::path& path);

/// The same for an array that was read as a Tensor. Throws DataError.
Npy as_npy(const Tensor& array, const std::string& name);

/// Numbers of any type that a Tensor can hold (|b1, u1 to u8, i1 to i8, f2 to f8), little-endian and row-major whatever
/// the file has. Throws as parse_npy() does.
Tensor parse_npy_tensor(std::string_view bytes, const std::string& name);
Tensor read_npy_tensor(const std::filesystem::path& path);

/// The bytes of a file: |u1, <i4 or <f4, row-major. Throws std::invalid_argument if the shape has another size.
std::string serialize_npy(std::span<const std::uint8_t> values, std::span<const std::uint64_t> shape);
std::string serialize_npy(std::span<const std::int32_t> values, std::span<const std::uint64_t> shape);
std::string serialize_npy(std::span<const float> values, std::span<const std::uint64_t> shape);

/// Throws also if the tensor's type is none of NumPy's.
std::string serialize_npy(const Tensor& tensor);

/// "10000×28×28"
std::string shape_text(std::span<const std::uint64_t> shape);

}  // namespace ae
