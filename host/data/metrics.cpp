#include "ae/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/average.h"
#include "base/cpu_info.h"

namespace ae {

namespace {

constexpr std::size_t kWindow = kSsimWindow;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;  // (K·data range)²

using Window = std::array<double, kWindow>;

Window gaussian() {
    Window w{};
    for (std::size_t i = 0; i < kWindow; ++i) {
        const double x = static_cast<double>(i) - (kWindow - 1) / 2.0;
        w[i] = std::exp(-x * x / (2 * kSigma * kSigma));
    }
    const double sum = std::accumulate(w.begin(), w.end(), 0.0);
    for (double& weight : w) weight /= sum;
    return w;
}

/// Weighted sums of two images' pixels, their squares and their product.
struct WindowSums {
    double a = 0, b = 0, aa = 0, bb = 0, ab = 0;

    void add(double weight, const WindowSums& m) {
        a += weight * m.a, b += weight * m.b;
        aa += weight * m.aa, bb += weight * m.bb, ab += weight * m.ab;
    }
};

/// Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment" (2004), eq. 13.
double similarity(const WindowSums& m) {
    const double variances = m.aa - m.a * m.a + m.bb - m.b * m.b;
    const double covariance = m.ab - m.a * m.b;
    return (2 * m.a * m.b + kC1) * (2 * covariance + kC2) / ((m.a * m.a + m.b * m.b + kC1) * (variances + kC2));
}

/// One channel of two images whose pixels lie `step` values apart.
class ImagePair {
public:
    ImagePair(std::span<const float> a, std::span<const float> b, std::size_t width, std::size_t step)
        : a_(a), b_(b), width_(width), height_((a.size() + step - 1) / step / width), step_(step), columns_(width) {}

    /// The window is a product: first down the columns, then along the row of their moments.
    double mean_similarity(const Window& window) {
        double sum = 0;
        for (std::size_t y = 0; y + kWindow <= height_; ++y) {
            for (std::size_t x = 0; x < width_; ++x) columns_[x] = column(window, x, y);
            for (std::size_t x = 0; x + kWindow <= width_; ++x) sum += similarity(row(window, x));
        }
        return sum / static_cast<double>((height_ - kWindow + 1) * (width_ - kWindow + 1));
    }

private:
    WindowSums column(const Window& window, std::size_t x, std::size_t y) const {
        WindowSums sums;
        for (std::size_t i = 0; i < kWindow; ++i) {
            const std::size_t pixel = ((y + i) * width_ + x) * step_;
            const double a = a_[pixel], b = b_[pixel];
            sums.add(window[i], {a, b, a * a, b * b, a * b});
        }
        return sums;
    }

    WindowSums row(const Window& window, std::size_t x) const {
        WindowSums sums;
        for (std::size_t i = 0; i < kWindow; ++i) sums.add(window[i], columns_[x + i]);
        return sums;
    }

    std::span<const float> a_, b_;
    std::size_t width_, height_, step_;
    std::vector<WindowSums> columns_;
};

/// The mean over the channels.
double similarity_of_image(std::span<const float> a, std::span<const float> b, std::size_t width,
                           std::size_t channels) {
    static const Window window = gaussian();
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c)
        sum += ImagePair(a.subspan(c), b.subspan(c), width, channels).mean_similarity(window);
    return sum / static_cast<double>(channels);
}

std::size_t image_count(std::size_t a, std::size_t b, int width, int height, int channels) {
    const std::size_t pixels =
        static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
    if (a != b || a == 0 || a % pixels != 0)
        throw std::invalid_argument(
            fmt::format("SSIM: {} and {} pixels, expected equal numbers of whole images of {}", a, b, pixels));
    return a / pixels;
}

}  // namespace

double binary_entropy(double p) {
    return p > 0 && p < 1 ? -(p * std::log(p) + (1 - p) * std::log1p(-p)) : 0;
}

double psnr(double mse) {
    return -10 * std::log10(mse);
}

void SquaredErrorSum::add(std::span<const float> a, std::span<const float> b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum_ += difference * difference;
    }
    count_ += a.size();
}

std::vector<double> ssim_of_images(std::span<const float> a, std::span<const float> b, int width, int height,
                                   int threads, int channels) {
    if (std::min(width, height) < kSsimWindow) return {};
    const std::size_t n = image_count(a.size(), b.size(), width, height, channels), pixels = a.size() / n;
    std::vector<double> similarities(n);
    const auto work = [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            similarities[i] = similarity_of_image(a.subspan(i * pixels, pixels), b.subspan(i * pixels, pixels),
                                                  static_cast<std::size_t>(width), static_cast<std::size_t>(channels));
    };
    const auto workers = std::min(n, static_cast<std::size_t>(threads > 0 ? threads : usable_processors()));
    {
        std::vector<std::jthread> pool;
        for (std::size_t w = 0; w < workers; ++w) pool.emplace_back(work, n * w / workers, n * (w + 1) / workers);
    }
    return similarities;
}

std::optional<double> ssim(std::span<const float> a, std::span<const float> b, int width, int height, int threads,
                           int channels) {
    const std::vector<double> each = ssim_of_images(a, b, width, height, threads, channels);
    if (each.empty()) return std::nullopt;
    return average(each);
}

}  // namespace ae
