#pragma once
#include <numeric>
#include <vector>

namespace ae {

/// The mean, summed in double, in order; NaN if there are no values.
template <typename T>
double average(const std::vector<T>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace ae
