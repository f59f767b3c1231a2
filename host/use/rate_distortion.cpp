#include "use/rate_distortion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "ae/metrics.h"
#include "base/stopwatch.h"
#include "file/jpeg.h"
#include "file/png_reader.h"

namespace ae {
namespace {

void measure_loss(RatePoint& point, const Originals& originals, std::span<const float> decoded) {
    const ImageSize size = originals.size;
    point.psnr = psnr(mean_squared_error(decoded, originals.pixels));
    point.ssim = ssim(originals.pixels, decoded, size.width, size.height, 0, size.channels).value_or(std::nan(""));
}

std::vector<Picture> pictures_of(const Originals& originals) {
    const ImageSize size = originals.size;
    if (size.channels != 1 && size.channels != 3)
        throw UsageError(fmt::format("images of {} channels are no pictures; PNG and JPEG hold 1 or 3", size.channels));
    const std::size_t pixels = originals.pixels.size() / originals.count();
    const Picture empty{size.width, size.height, std::vector<std::uint8_t>(pixels), size.channels};
    std::vector<Picture> pictures(originals.count(), empty);
    for (std::size_t i = 0; i < originals.pixels.size(); ++i)
        pictures[i / pixels].pixels[i % pixels] = static_cast<std::uint8_t>(originals.pixels[i] * 255 + 0.5f);
    return pictures;
}

Picture with_channels(const Picture& picture, int channels) {
    return channels == 3 ? to_colour(picture) : picture;
}

/// A codec that makes a file of every picture.
template <typename Encode, typename DecodeFile>
RatePoint rate_of_files(const Originals& originals, RatePoint point, Encode encode, DecodeFile decode) {
    const std::vector<Picture> pictures = pictures_of(originals);
    const auto count = static_cast<double>(pictures.size());
    std::vector<std::string> files;
    const Stopwatch encoding;
    for (const Picture& picture : pictures) files.push_back(encode(picture));
    point.encoded_per_s = count / encoding.seconds();
    std::vector<float> decoded;
    const Stopwatch decoding;
    for (const std::string& file : files)
        std::ranges::transform(with_channels(decode(file), originals.size.channels).pixels, std::back_inserter(decoded),
                               pixel<float>);
    point.decoded_per_s = count / decoding.seconds();
    for (const std::string& file : files) point.bytes += static_cast<double>(file.size()) / count;
    point.bytes_with_decoder = point.bytes;
    measure_loss(point, originals, decoded);
    return point;
}

}  // namespace

std::size_t Originals::count() const {
    return pixels.size() / size.values();
}

std::vector<RatePoint> rate_of_codes(const Originals& originals, const CodeCodec& codec) {
    const auto count = static_cast<double>(originals.count());
    const AezInfo info{std::string(64, '0'),
                       static_cast<int>(originals.count()),
                       originals.size.height,
                       originals.size.width * originals.size.channels,
                       {}};
    const Stopwatch encoding;
    const std::vector<float> codes = codec.encode(originals.pixels);
    const double encode_seconds = encoding.seconds();
    std::vector<RatePoint> points;
    for (int bits = 1; bits <= 8; ++bits) {
        RatePoint point{codec.name, fmt::format("{} bit{}", bits, bits == 1 ? "" : "s")};
        const Stopwatch packing;
        const std::string bytes = compress_codes(info, codes, bits);
        point.encoded_per_s = count / (encode_seconds + packing.seconds());
        const Stopwatch decoding;
        const std::vector<float> decoded = decompress_images(Aez(bytes, codec.name), codec.decode);
        point.decoded_per_s = count / decoding.seconds();
        point.bytes = static_cast<double>(bytes.size()) / count;
        point.bytes_with_decoder = point.bytes + static_cast<double>(codec.decoder_bytes) / count;
        measure_loss(point, originals, decoded);
        points.push_back(point);
    }
    return points;
}

RatePoint rate_of_png(const Originals& originals) {
    return rate_of_files(originals, {"PNG", "lossless"}, encode_png, [&](const std::string& file) {
        return parse_png_in_colour(file, "PNG", 0, originals.size.values());
    });
}

RatePoint rate_of_jpeg(const Originals& originals, int quality) {
    return rate_of_files(
        originals, {"JPEG", fmt::format("quality {}", quality)},
        [&](const Picture& picture) { return encode_jpeg(picture, quality); }, decode_jpeg);
}

}  // namespace ae
