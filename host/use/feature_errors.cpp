#include "use/feature_errors.h"

#include <algorithm>
#include <span>

#include "base/rows.h"

namespace ae {
namespace {

std::vector<FeatureError> largest_of(std::span<const float> x, std::span<const float> y, int count) {
    std::vector<FeatureError> errors;
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = static_cast<double>(x[i]) - y[i];
        errors.push_back({static_cast<int>(i), error * error});
        sum += error * error;
    }
    if (!(sum > 0)) return {};
    for (FeatureError& e : errors) e.share /= sum;
    std::ranges::stable_sort(errors, std::ranges::greater(), &FeatureError::share);
    errors.resize(std::min(errors.size(), static_cast<std::size_t>(count)));
    return errors;
}

}  // namespace

std::vector<std::vector<FeatureError>> largest_errors(Matrix<const float> rows, Matrix<const float> reconstructions,
                                                      int count) {
    std::vector<std::vector<FeatureError>> largest;
    for (int r = 0; r < rows.rows; ++r)
        largest.push_back(largest_of(row_of(rows, r), row_of(reconstructions, r), count));
    return largest;
}

}  // namespace ae
