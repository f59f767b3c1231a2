#include "data/pixel_entropy.h"

#include <cmath>

#include "ae/arithmetic.h"
#include "ae/dataset.h"
#include "ae/metrics.h"

namespace ae {

void PixelEntropy::add(std::span<const float> pixels) {
    count_ += pixels.size();
    for (const float p : pixels) {
        const auto byte = static_cast<std::uint8_t>(std::lround(255 * p));
        if (pixel<float>(byte) == p)
            ++histogram_[byte];
        else
            others_ += binary_entropy(p);
    }
}

void PixelEntropy::add(std::span<const std::uint8_t> bytes) {
    count_ += bytes.size();
    for (const std::uint8_t byte : bytes) ++histogram_[byte];
}

double PixelEntropy::mean() const {
    double sum = 0;
    for (std::size_t value = 1; value < 255; ++value)
        sum += static_cast<double>(histogram_[value]) * binary_entropy(static_cast<double>(value) / 255);
    return count_ == 0 ? 0 : (sum + others_) / static_cast<double>(count_);
}

double entropy_floor(const Images& images) {
    PixelEntropy entropy;
    entropy.add(std::span<const std::uint8_t>(images.pixels));
    return entropy.mean();
}

}  // namespace ae
