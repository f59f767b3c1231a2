// The rate and the distortion of compression, codec by codec.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/row_source.h"
#include "file/picture.h"
#include "use/compression.h"

namespace ae {

struct RatePoint {
    std::string codec;                            ///< "autoencoder", "PCA-64", "PNG", "JPEG"
    std::string setting;                          ///< "5 bits", "quality 10", "lossless"
    double bytes = 0;                             ///< an image, headers and tables included
    double bytes_with_decoder = 0;                ///< an image, when the decoder is sent along with these images
    double psnr = 0;                              ///< dB, of the mean squared error over all images
    double ssim = 0;                              ///< mean over images; NaN for images smaller than its window
    double encoded_per_s = 0, decoded_per_s = 0;  ///< images
};

/// Images to be compressed, n × height × width in [0, 1], which are read piece by piece: kReads times for codes, once
/// for files. Refers to them.
struct Originals {
    static constexpr int kReads = 9;

    const RowSource& images;
    ImageSize size;
};

/// An encoder that is followed by quantiser and entropy coder.
struct CodeCodec {
    std::string name;
    std::function<std::vector<float>(std::span<const float> images)> encode;
    Decode decode;
    std::size_t decoder_bytes = 0;
};

/// One point for each number of bits from 1 to 8, by files as compress_codes() makes them.
std::vector<RatePoint> rate_of_codes(const Originals& originals, const CodeCodec& codec);

RatePoint rate_of_png(const Originals& originals);
RatePoint rate_of_jpeg(const Originals& originals, int quality);

}  // namespace ae
