// The text in front of an .npy file's values: a Python dict literal.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

struct NpyHeader {
    std::string descr;  ///< "<f4"
    bool fortran_order = false;
    std::vector<std::uint64_t> shape;
};

/// Takes the three keys in any order, with or without a last comma, and numbers as Python 2 wrote them; refuses all
/// else that Python could evaluate. `name` stands in messages. Throws DataError.
NpyHeader parse_npy_header(std::string_view text, const std::string& name);

}  // namespace ae
