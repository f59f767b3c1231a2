// Denoisers that need no network: what a denoising autoencoder is compared with.
#pragma once
#include <span>
#include <vector>

#include "ae/view.h"
#include "base/row_source.h"
#include "base/thread_pool.h"
#include "file/picture.h"

namespace ae {

/// Every pixel becomes the median of its 3 × 3 neighbourhood; what lies beyond the rim is black, which favours digits.
/// n × height × width.
std::vector<float> median_3x3(std::span<const float> images, ImageSize size, ThreadPool& pool);

/// Noisy and clean images, n × p each, side by side: n × 2·p.
std::vector<float> side_by_side(Matrix<const float> noisy, Matrix<const float> clean);

/// The best linear map from noisy to clean images, by ridge regression (Hoerl and Kennard, 1970).
class RidgeDenoiser {
public:
    /// From n rows of 2·p pixels, a noisy image and the clean one side by side, so that one covariance matrix holds all
    /// that the regression needs; `ridge` is added to the variance in every direction.
    RidgeDenoiser(const RowSource& rows, double ridge, ThreadPool& pool);

    /// n × p in [0, 1].
    std::vector<float> restore(Matrix<const float> noisy, ThreadPool& pool) const;

private:
    std::vector<float> noisy_mean_, clean_mean_;
    std::vector<float> weights_;  ///< [p × p]: noisy to clean, both about their means
};

}  // namespace ae
