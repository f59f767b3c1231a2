#pragma once
#include <numeric>
#include <span>

namespace ae {

/// Summed in double, in order; NaN of none.
inline double average(std::span<const float> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace ae
