#include "use/compression.h"

#include <algorithm>

#include "ae/metrics.h"

namespace ae {

std::string compress_codes(AezInfo info, std::span<const float> codes, int bits, const Progress& progress) {
    const auto half = [&](double before) -> Progress {
        return [&progress, before](double part) { tell(progress, before + part / 2); };
    };
    info.quantizer = fit_quantizer(codes, codes.size() / static_cast<std::size_t>(info.images), bits, half(0));
    const std::size_t dimensions = info.quantizer.dimensions();
    const auto symbols = [&](std::size_t first, std::size_t n) {
        return info.quantizer.quantize(codes.subspan(first * dimensions, n * dimensions));
    };
    return serialize_aez(info, symbols, half(0.5));
}

void decompress_blocks(const Aez& aez, const Decode& decode, std::size_t first, std::size_t count,
                       const std::function<void(std::span<const float>)>& take) {
    const std::size_t pixels = static_cast<std::size_t>(aez.info().height) * static_cast<std::size_t>(aez.info().width);
    const std::size_t end = first + count;
    for (std::size_t begin = first; begin < end;) {
        const std::size_t block = begin / Aez::kBlockImages, block_begin = block * Aez::kBlockImages;
        const std::size_t until = std::min(end, block_begin + Aez::kBlockImages);
        const std::vector<float> decoded = decode(aez.codes(block));
        take(std::span(decoded).subspan((begin - block_begin) * pixels, (until - begin) * pixels));
        begin = until;
    }
}

std::vector<float> decompress_images(const Aez& aez, const Decode& decode, std::size_t first, std::size_t count) {
    std::vector<float> images;
    decompress_blocks(aez, decode, first, count,
                      [&](std::span<const float> part) { images.insert(images.end(), part.begin(), part.end()); });
    return images;
}

std::vector<float> decompress_images(const Aez& aez, const Decode& decode) {
    return decompress_images(aez, decode, 0, static_cast<std::size_t>(aez.info().images));
}

double mean_squared_error(std::span<const float> a, std::span<const float> b) {
    SquaredErrorSum error;
    error.add(a, b);
    return error.mean();
}

}  // namespace ae
