// The values of an image that its reconstruction misses most.
#pragma once
#include <vector>

#include "ae/view.h"

namespace ae {

/// A value of an image, a column of a table, and its share of the image's squared error.
struct FeatureError {
    int feature = 0;
    double share = 0;
};

/// For each row, the `count` values with the largest shares, the largest first, of equal ones the first; none where the
/// reconstruction is exact.
std::vector<std::vector<FeatureError>> largest_errors(Matrix<const float> rows, Matrix<const float> reconstructions,
                                                      int count);

}  // namespace ae
