// Multinomial logistic regression: how much of a label a linear classifier can read from features.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "ae/view.h"
#include "base/row_source.h"
#include "base/thread_pool.h"
#include "base/work_progress.h"

namespace ae {

struct LogisticOptions {
    double l2 = 1e-4;      ///< λ of the penalty λ/2·|W|², beside the mean cross-entropy; the biases go free
    int iterations = 150;  ///< of L-BFGS, at most
    Progress progress = {};
};

/// Linear in the standardised features: each less its mean, divided by its standard deviation. The bits do not depend
/// on the number of threads.
class LogisticRegression {
public:
    /// From n × p features, which are read in every iteration, and n labels, n ≥ 1; throws UsageError otherwise.
    /// Classes are 0 … the largest label. Throws ModelError where the features are not all finite numbers.
    LogisticRegression(const RowSource& features, std::span<const std::uint8_t> labels, ThreadPool& pool,
                       const LogisticOptions& options = {});
    LogisticRegression(Matrix<const float> features, std::span<const std::uint8_t> labels, ThreadPool& pool,
                       const LogisticOptions& options = {})
        : LogisticRegression(MatrixRows(features), labels, pool, options) {}

    int classes() const { return static_cast<int>(bias_.size()); }
    double loss() const { return loss_; }  ///< that was minimised, penalty included

    std::vector<std::uint8_t> predict(const RowSource& features, ThreadPool& pool) const;
    std::vector<std::uint8_t> predict(Matrix<const float> features, ThreadPool& pool) const {
        return predict(MatrixRows(features), pool);
    }

private:
    std::vector<float> weights_;  ///< [p × classes], of the features as they are
    std::vector<float> bias_;
    double loss_ = 0;
};

/// Share of equal entries, in [0, 1].
double accuracy(std::span<const std::uint8_t> predicted, std::span<const std::uint8_t> labels);

}  // namespace ae
