// Codes as small integers: a uniform quantiser for each dimension.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/work_progress.h"

namespace ae {

/// Level q of dimension d stands for low[d] + q·(high[d] − low[d])/(2^bits − 1); what lies outside is clipped. A unit
/// that is off (ReLU's exact 0, the lowest value of most dimensions) is so kept exactly.
struct Quantizer {
    int bits = 8;  ///< 1…8
    std::vector<float> low, high;

    std::size_t dimensions() const { return low.size(); }
    int levels() const { return 1 << bits; }
    std::vector<std::uint8_t> quantize(std::span<const float> codes) const;     ///< n × dimensions, row-major
    std::vector<float> dequantize(std::span<const std::uint8_t> levels) const;  ///< the same
};

/// The quantiser that loses least of these codes (n × dimensions, n ≥ 1) in each dimension: of several ranges that clip
/// from none to 20 % at either end, the one with the smallest squared error. At 8 bits that is nearly the whole range;
/// with fewer bits finer steps for the many are worth clipping the few.
/// Throws UsageError for bits outside 1…8, ModelError where a code is not a finite number.
Quantizer fit_quantizer(std::span<const float> codes, std::size_t dimensions, int bits, const Progress& progress = {});

}  // namespace ae
