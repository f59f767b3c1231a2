#include "data/noisy_images.h"

#include "base/rows.h"

namespace ae {

namespace {
constexpr std::uint64_t kSeed = 2024;  // unlike those that people train with
}

std::vector<float> with_noise(std::span<const float> clean, const Noise& noise, ImageSize size, std::uint64_t stream,
                              ThreadPool& pool) {
    const NoiseStream source{noise, kSeed, stream, size.height, size.width};
    std::vector<float> noisy(clean.size());
    const auto from = as_rows(clean, size.width * size.height);
    pool.run(from.rows, [&](int i) {
        const ImageNoise image = source.image(static_cast<std::uint32_t>(i));
        float* to = noisy.data() + (from.row(i) - from.data);
        for (int p = 0; p < from.cols; ++p)
            to[p] = image.corrupt(from.row(i)[p], p / size.width, p % size.width, size.width);
    });
    return noisy;
}

}  // namespace ae
