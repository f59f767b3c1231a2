#include "data/noisy_images.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "base/rows.h"

namespace ae {

namespace {
constexpr std::uint64_t kSeed = 2024;  // unlike those that people train with
}

void check_noise(const Noise& noise, int height, int width, int channels) {
    if (noise.kind != NoiseKind::block) return;
    if (channels > 1) throw UsageError(fmt::format("noise: {} is for grey images; these have colour", noise.text()));
    if (noise.low > static_cast<float>(std::min(height, width)))
        throw UsageError(fmt::format("noise: {} is larger than the images, {} × {}", noise.text(), height, width));
}

std::vector<float> with_noise(std::span<const float> clean, const Noise& noise, ImageSize size, std::uint64_t stream,
                              ThreadPool& pool, int first) {
    check_noise(noise, size.height, size.width, size.channels);
    const int width = size.width * size.channels;  // the noise of a value depends on its place alone
    const NoiseStream source{noise, kSeed, stream, size.height, width};
    std::vector<float> noisy(clean.size());
    const auto from = as_rows(clean, width * size.height);
    pool.run(from.rows, [&](int i) {
        const ImageNoise image = source.image(static_cast<std::uint32_t>(first + i));
        float* to = noisy.data() + (from.row(i) - from.data);
        for (int p = 0; p < from.cols; ++p) to[p] = image.corrupt(from.row(i)[p], p / width, p % width, width);
    });
    return noisy;
}

}  // namespace ae
