// Measures of image quality, as image compression uses them.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace ae {

/// Peak signal-to-noise ratio in dB of pixels in [0, 1] whose mean squared error is `mse`: 10·log10(1/mse); infinite
/// for 0. From the MSE over a whole set it gives the pooled PSNR, for MNIST 0.75 dB below the mean over images.
double psnr(double mse);

/// Pixels on a side of SSIM's window: smaller images have none.
inline constexpr int kSsimWindow = 11;

/// The squared error of many values that come piece by piece: the same bits for any pieces.
class SquaredErrorSum {
public:
    void add(std::span<const float> a, std::span<const float> b);  ///< equally many values
    double mean() const { return sum_ / static_cast<double>(count_); }

private:
    double sum_ = 0;
    std::size_t count_ = 0;
};

/// Entropy of a pixel read as a probability, in nats: no BCE can be lower. 0 for black and for white.
double binary_entropy(double p);

/// Structural similarity of two sets of images in [0, 1] (n × height × width × channels each), mean over images and
/// over their channels, each compared by itself: Wang et al. (2004) with a Gaussian window 11 × 11, σ 1.5, where it
/// lies wholly inside the image; data range 1, K 0.01 and 0.03. 1 for equal images, NaN where a pixel is. `threads` 0:
/// one per processor. The result does not depend on it. None for images smaller than the window. Throws
/// std::invalid_argument for sizes that do not fit.
std::optional<double> ssim(std::span<const float> a, std::span<const float> b, int width, int height, int threads = 0,
                           int channels = 1);

/// The same of each image by itself; empty for images smaller than the window.
std::vector<double> ssim_of_images(std::span<const float> a, std::span<const float> b, int width, int height,
                                   int threads = 0, int channels = 1);

}  // namespace ae
