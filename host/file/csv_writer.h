// Tables as text, with quotes as in RFC 4180.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace ae {

/// A cell as CSV has it, in quotes where it needs them.
std::string csv_cell(const std::string& text);

/// Rows of numbers under a header of names; without names there is no header. Numbers have as many digits as bring
/// every float back.
std::string serialize_csv(std::span<const float> values, std::size_t width, const std::vector<std::string>& columns);

}  // namespace ae
