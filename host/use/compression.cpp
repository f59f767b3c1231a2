#include "use/compression.h"

#include <algorithm>

namespace ae {

std::string compress_codes(AezInfo info, std::span<const float> codes, int bits) {
    info.quantizer = fit_quantizer(codes, codes.size() / static_cast<std::size_t>(info.images), bits);
    return serialize_aez(info, info.quantizer.quantize(codes));
}

std::vector<float> decompress_images(const Aez& aez, const Decode& decode, std::size_t first, std::size_t count) {
    const std::size_t pixels = static_cast<std::size_t>(aez.info().height) * static_cast<std::size_t>(aez.info().width);
    const std::size_t end = first + count;
    std::vector<float> images;
    images.reserve(count * pixels);
    for (std::size_t begin = first; begin < end;) {
        const std::size_t block = begin / Aez::kBlockImages, block_begin = block * Aez::kBlockImages;
        const std::size_t until = std::min(end, block_begin + Aez::kBlockImages);
        const std::vector<float> decoded = decode(aez.codes(block));
        const auto part = std::span(decoded).subspan((begin - block_begin) * pixels, (until - begin) * pixels);
        images.insert(images.end(), part.begin(), part.end());
        begin = until;
    }
    return images;
}

std::vector<float> decompress_images(const Aez& aez, const Decode& decode) {
    return decompress_images(aez, decode, 0, static_cast<std::size_t>(aez.info().images));
}

double mean_squared_error(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return sum / static_cast<double>(a.size());
}

}  // namespace ae
