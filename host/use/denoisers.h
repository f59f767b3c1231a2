// Denoisers that need no network: what a denoising autoencoder is compared with.
#pragma once
#include <span>
#include <vector>

#include "ae/view.h"
#include "base/thread_pool.h"
#include "file/picture.h"

namespace ae {

/// Every pixel becomes the median of its 3 × 3 neighbourhood; what lies beyond the rim is black, which favours digits.
/// n × height × width.
std::vector<float> median_3x3(std::span<const float> images, ImageSize size, ThreadPool& pool);

/// The best linear map from noisy to clean images, by ridge regression (Hoerl and Kennard, 1970).
class RidgeDenoiser {
public:
    /// From n pairs of p pixels; `ridge` is added to the variance in every direction.
    RidgeDenoiser(Matrix<const float> noisy, Matrix<const float> clean, double ridge, ThreadPool& pool);

    /// n × p in [0, 1].
    std::vector<float> restore(Matrix<const float> noisy, ThreadPool& pool) const;

private:
    std::vector<float> noisy_mean_, clean_mean_;
    std::vector<float> weights_;  ///< [p × p]: noisy to clean, both about their means
};

}  // namespace ae
