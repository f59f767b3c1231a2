#include "show/error_map.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace ae {

std::vector<float> signed_errors(std::span<const float> images, std::span<const float> reconstructions) {
    std::vector<float> errors(images.size());
    std::ranges::transform(images, reconstructions, errors.begin(), std::minus<>());
    return errors;
}

std::vector<float> error_colours(std::span<const float> errors, ImageSize size) {
    const auto channels = static_cast<std::size_t>(size.channels);
    std::vector<float> colours;
    colours.reserve(errors.size() / channels * 3);
    for (std::size_t i = 0; i + channels <= errors.size(); i += channels) {
        const auto pixel = errors.subspan(i, channels);
        const float error = std::accumulate(pixel.begin(), pixel.end(), 0.0f) / static_cast<float>(channels);
        const Ink& ink = error > 0 ? kMissing : kInvented;
        for (const std::uint8_t part : ink) colours.push_back(std::min(std::abs(error), 1.0f) * part / 255.0f);
    }
    return colours;
}

std::array<LegendEntry, 2> error_legend() {
    return {{{kMissing, "missing: the image is brighter"}, {kInvented, "invented: the reconstruction is brighter"}}};
}

}  // namespace ae
