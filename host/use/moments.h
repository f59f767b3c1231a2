// Mean and covariance of many images or codes.
#pragma once
#include <span>
#include <vector>

#include "ae/view.h"
#include "base/row_source.h"
#include "base/thread_pool.h"

namespace ae {

struct MeanAndCovariance {
    std::vector<float> mean;         ///< [p]
    std::vector<double> covariance;  ///< [p × p], symmetric, of the population (divided by n)
};

/// Computes both from n × p values, which are read twice, a thousand rows at a time; throws UsageError unless n ≥ 1.
/// Sums of a thousand rows are floats, sums of those are doubles; the bits do not depend on the number of threads.
MeanAndCovariance moments_of(const RowSource& values, ThreadPool& pool);
MeanAndCovariance moments_of(Matrix<const float> values, ThreadPool& pool);

std::vector<float> mean_of_rows(const RowSource& values);

/// Every row less `mean`.
std::vector<float> subtract_from_rows(Matrix<const float> values, std::span<const float> mean);

}  // namespace ae
