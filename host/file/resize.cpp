#include "file/resize.h"

#include <algorithm>
#include <cmath>

namespace ae {
namespace {

/// The pixels of the old axis that a new pixel is a weighted sum of.
struct Taps {
    int first = 0;
    std::vector<float> weights;
};

Taps area_taps(int i, double scale, int from) {
    const double begin = i * scale, end = (i + 1) * scale;
    Taps taps{std::min(static_cast<int>(begin), from - 1), {}};
    for (int p = taps.first; p < from && p < end; ++p)
        taps.weights.push_back(static_cast<float>((std::min(end, p + 1.0) - std::max(begin, double(p))) / scale));
    return taps;
}

Taps linear_taps(int i, double scale, int from) {
    const double centre = std::clamp((i + 0.5) * scale - 0.5, 0.0, from - 1.0);
    const int first = std::min(static_cast<int>(centre), std::max(0, from - 2));
    const auto share = static_cast<float>(centre - first);
    return from == 1 ? Taps{0, {1}} : Taps{first, {1 - share, share}};
}

std::vector<Taps> taps_of_axis(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    std::vector<Taps> taps;
    for (int i = 0; i < to; ++i) taps.push_back(to < from ? area_taps(i, scale, from) : linear_taps(i, scale, from));
    return taps;
}

/// One axis of `from` pixels, each `inner` values apart, in each of `outer` blocks.
std::vector<float> along_axis(const std::vector<float>& values, std::size_t outer, int from, int to,
                              std::size_t inner) {
    const std::vector<Taps> taps = taps_of_axis(from, to);
    std::vector<float> result(outer * taps.size() * inner);
    for (std::size_t o = 0; o < outer; ++o)
        for (std::size_t i = 0; i < taps.size(); ++i)
            for (std::size_t t = 0; t < taps[i].weights.size(); ++t) {
                const std::size_t row =
                    o * static_cast<std::size_t>(from) + static_cast<std::size_t>(taps[i].first) + t;
                const float weight = taps[i].weights[t];
                for (std::size_t v = 0; v < inner; ++v)
                    result[(o * taps.size() + i) * inner + v] += weight * values[row * inner + v];
            }
    return result;
}

}  // namespace

Picture resized(const Picture& picture, int width, int height) {
    if (picture.width == width && picture.height == height) return picture;
    const auto channels = static_cast<std::size_t>(picture.channels);
    std::vector<float> values(picture.pixels.begin(), picture.pixels.end());
    values = along_axis(values, static_cast<std::size_t>(picture.height), picture.width, width, channels);
    values = along_axis(values, 1, picture.height, height, static_cast<std::size_t>(width) * channels);
    Picture result{width, height, std::vector<std::uint8_t>(values.size()), picture.channels};
    std::ranges::transform(values, result.pixels.begin(),
                           [](float v) { return static_cast<std::uint8_t>(std::clamp(std::lround(v), 0L, 255L)); });
    return result;
}

}  // namespace ae
