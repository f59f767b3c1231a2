#pragma once
#include <numeric>
#include <span>

namespace ae {

/// The mean, summed in double, in order; NaN if there are no values.
inline double average(std::span<const float> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace ae
