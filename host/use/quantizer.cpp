#include "use/quantizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ae/error.h"

namespace ae {
namespace {

/// Parts of the values that may be clipped at either end.
constexpr std::array kTails{0.0, 0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2};

/// One dimension; in double, where the difference of two floats cannot overflow.
struct CodeScale {
    double low, high, last_level;

    double step() const { return (high - low) / last_level; }
    double level(double value) const {
        return high > low ? std::nearbyint((std::clamp(value, low, high) - low) / step()) : 0;
    }
    double value(double level) const { return low + level * step(); }
};

CodeScale scale_of(const Quantizer& quantizer, std::size_t dimension) {
    return {quantizer.low[dimension], quantizer.high[dimension], quantizer.levels() - 1.0};
}

double squared_error(const CodeScale& scale, std::span<const float> values) {
    double sum = 0;
    for (const double value : values) {
        const double error = scale.value(scale.level(value)) - value;
        sum += error * error;
    }
    return sum;
}

/// The best range for these values, which are sorted.
CodeScale best_scale(std::span<const float> sorted, double last_level) {
    CodeScale best{};
    double least = std::numeric_limits<double>::infinity();
    std::size_t clipped_before = sorted.size();
    for (const double tail : kTails) {
        const auto clipped = static_cast<std::size_t>(tail * static_cast<double>(sorted.size()));
        if (clipped == clipped_before) continue;
        clipped_before = clipped;
        const CodeScale scale{sorted[clipped], sorted[sorted.size() - 1 - clipped], last_level};
        if (const double error = squared_error(scale, sorted); error < least) best = scale, least = error;
    }
    return best;
}

}  // namespace

Quantizer fit_quantizer(std::span<const float> codes, std::size_t dimensions, int bits, const Progress& progress) {
    if (bits < 1 || bits > 8)
        throw UsageError(fmt::format("{} bits for a dimension of the code; 1…8 were expected", bits));
    if (!std::ranges::all_of(codes, [](float value) { return std::isfinite(value); }))
        throw ModelError("the encoder's codes are not all finite numbers; they cannot be quantised");
    Quantizer quantizer{bits, {}, {}};
    std::vector<float> column(codes.size() / dimensions);
    for (std::size_t d = 0; d < dimensions; ++d) {
        for (std::size_t i = 0; i < column.size(); ++i) column[i] = codes[i * dimensions + d];
        std::ranges::sort(column);
        const CodeScale scale = best_scale(column, quantizer.levels() - 1.0);
        quantizer.low.push_back(static_cast<float>(scale.low));
        quantizer.high.push_back(static_cast<float>(scale.high));
        tell(progress, static_cast<double>(d + 1) / static_cast<double>(dimensions));
    }
    return quantizer;
}

std::vector<std::uint8_t> Quantizer::quantize(std::span<const float> codes) const {
    std::vector<std::uint8_t> levels(codes.size());
    for (std::size_t d = 0; d < dimensions(); ++d) {
        const CodeScale scale = scale_of(*this, d);
        for (std::size_t i = d; i < codes.size(); i += dimensions())
            levels[i] = static_cast<std::uint8_t>(scale.level(codes[i]));
    }
    return levels;
}

std::vector<float> Quantizer::dequantize(std::span<const std::uint8_t> levels) const {
    std::vector<float> codes(levels.size());
    for (std::size_t d = 0; d < dimensions(); ++d) {
        const CodeScale scale = scale_of(*this, d);
        for (std::size_t i = d; i < codes.size(); i += dimensions())
            codes[i] = static_cast<float>(scale.value(levels[i]));
    }
    return codes;
}

}  // namespace ae
