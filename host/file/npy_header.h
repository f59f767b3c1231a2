// The header of an .npy file: a Python dict literal.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file/safetensors.h"

namespace ae {

constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// NumPy's numeric types, and their names in a Tensor.
struct NpyType {
    std::string_view descr;  ///< as written
    Dtype dtype;
};
constexpr std::array<NpyType, 12> kNpyTypes{{{"|b1", Dtype::boolean},
                                             {"|u1", Dtype::u8},
                                             {"|i1", Dtype::i8},
                                             {"<u2", Dtype::u16},
                                             {"<i2", Dtype::i16},
                                             {"<f2", Dtype::f16},
                                             {"<u4", Dtype::u32},
                                             {"<i4", Dtype::i32},
                                             {"<f4", Dtype::f32},
                                             {"<u8", Dtype::u64},
                                             {"<i8", Dtype::i64},
                                             {"<f8", Dtype::f64}}};

struct NpyHeader {
    std::string descr;  ///< "<f4"
    bool fortran_order = false;
    std::vector<std::uint64_t> shape;
};

/// Takes the three keys in any order, with or without a last comma, and numbers as Python 2 wrote them; refuses
/// everything else that Python could evaluate. `name` is used in error messages. Throws DataError.
NpyHeader parse_npy_header(std::string_view text, const std::string& name);

/// Cuts magic, version and header off the front of `bytes`. Throws DataError.
NpyHeader cut_npy_header(std::string_view& bytes, const std::string& name);

/// The type of the values, and the bytes of one. Throw DataError for what is not a number.
Dtype npy_dtype(const NpyHeader& header, const std::string& name);
std::size_t npy_value_size(const NpyHeader& header, const std::string& name);

/// How many bytes the values take that the header declares; `there` is how many follow the header. Throws DataError
/// where these are too few.
std::uint64_t npy_value_bytes(const NpyHeader& header, std::uint64_t there, const std::string& name);

/// Values as the header describes them, little-endian and row-major in the result.
Tensor npy_tensor(std::string bytes, const NpyHeader& header, const std::string& name);

}  // namespace ae
