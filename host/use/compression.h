// Images as .aez bytes and back, whatever made the codes.
#pragma once
#include <functional>

#include "use/aez.h"

namespace ae {

/// n × dimensions codes to n × pixels.
using Decode = std::function<std::vector<float>(std::span<const float> codes)>;

/// Quantises the codes (info.images × dimensions) with `bits` a dimension and packs them; `info.quantizer` is made
/// here.
std::string compress_codes(AezInfo info, std::span<const float> codes, int bits, const Progress& progress = {});

/// Images first … first+count−1, n × pixels. Whole blocks are decoded at a time, so that an image's bits do not depend
/// on which others are asked for.
std::vector<float> decompress_images(const Aez& aez, const Decode& decode, std::size_t first, std::size_t count);
std::vector<float> decompress_images(const Aez& aez, const Decode& decode);

/// The same images, given to `take` a block, or what is wanted of it, at a time.
void decompress_blocks(const Aez& aez, const Decode& decode, std::size_t first, std::size_t count,
                       const std::function<void(std::span<const float>)>& take);

double mean_squared_error(std::span<const float> a, std::span<const float> b);

}  // namespace ae
