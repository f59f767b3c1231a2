// The frequency of each symbol, in few bits: half octaves of its count, as the comment in aez.h defines.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "use/bit_stream.h"
#include "use/rans.h"

namespace ae {

/// For each symbol 0, or 1 + round(2·log2(count)).
using CountClasses = std::vector<std::uint8_t>;

/// Classes of the symbols 0 … 2^bits − 1 among the values first, first + stride, … of `symbols`.
CountClasses count_classes(std::span<const std::uint8_t> symbols, std::size_t first, std::size_t stride, int bits);

SymbolModel model_of(const CountClasses& classes);

void write_table(BitWriter& writer, const CountClasses& classes, int bits);

/// Empty if the bits are no table.
CountClasses read_table(BitReader& reader, int bits);

}  // namespace ae
