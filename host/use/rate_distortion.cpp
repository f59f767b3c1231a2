#include "use/rate_distortion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "ae/metrics.h"
#include "base/average.h"
#include "base/stopwatch.h"
#include "file/jpeg.h"
#include "file/png_reader.h"

namespace ae {
namespace {

constexpr int kPieceImages = 1024;  // whole blocks of an .aez file

template <typename Body>
void for_pieces(const Originals& originals, Body&& body) {
    const int count = originals.images.rows();
    for (int first = 0; first < count; first += kPieceImages) {
        const int n = std::min(kPieceImages, count - first);
        const std::vector<float> pixels = originals.images.read(first, n);
        body(static_cast<std::size_t>(first), static_cast<std::size_t>(n), std::span<const float>(pixels));
    }
}

/// How far decoded images are from the originals.
class Distortion {
public:
    explicit Distortion(ImageSize size) : size_(size) {}

    void add(std::span<const float> originals, std::span<const float> decoded) {
        error_.add(decoded, originals);
        const auto each = ssim_of_images(originals, decoded, size_.width, size_.height, 0, size_.channels);
        similarities_.insert(similarities_.end(), each.begin(), each.end());
    }
    void put_into(RatePoint& point) const {
        point.psnr = psnr(error_.mean());
        point.ssim = similarities_.empty() ? std::nan("") : average(similarities_);
    }

private:
    ImageSize size_;
    SquaredErrorSum error_;
    std::vector<double> similarities_;
};

std::vector<Picture> pictures_of(std::span<const float> pixels, ImageSize size) {
    const Picture empty{size.width, size.height, std::vector<std::uint8_t>(size.values()), size.channels};
    std::vector<Picture> pictures(pixels.size() / size.values(), empty);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pictures[i / size.values()].pixels[i % size.values()] = static_cast<std::uint8_t>(pixels[i] * 255 + 0.5f);
    return pictures;
}

Picture with_channels(const Picture& picture, int channels) {
    return channels == 3 ? to_colour(picture) : picture;
}

/// A codec that makes a file of every picture.
template <typename Encode, typename DecodeFile>
RatePoint rate_of_files(const Originals& originals, RatePoint point, Encode encode, DecodeFile decode) {
    const ImageSize size = originals.size;
    if (size.channels != 1 && size.channels != 3)
        throw UsageError(fmt::format("images of {} channels are no pictures; PNG and JPEG hold 1 or 3", size.channels));
    const auto count = static_cast<double>(originals.images.rows());
    double encode_seconds = 0, decode_seconds = 0;
    Distortion loss(size);
    for_pieces(originals, [&](std::size_t, std::size_t, std::span<const float> pixels) {
        const std::vector<Picture> pictures = pictures_of(pixels, size);
        std::vector<std::string> files;
        const Stopwatch encoding;
        for (const Picture& picture : pictures) files.push_back(encode(picture));
        encode_seconds += encoding.seconds();
        std::vector<float> decoded;
        const Stopwatch decoding;
        for (const std::string& file : files)
            std::ranges::transform(with_channels(decode(file), size.channels).pixels, std::back_inserter(decoded),
                                   pixel<float>);
        decode_seconds += decoding.seconds();
        for (const std::string& file : files) point.bytes += static_cast<double>(file.size()) / count;
        loss.add(pixels, decoded);
    });
    point.encoded_per_s = count / encode_seconds;
    point.decoded_per_s = count / decode_seconds;
    point.bytes_with_decoder = point.bytes;
    loss.put_into(point);
    return point;
}

/// All codes, and how long the encoder took.
struct Encoded {
    std::vector<float> codes;
    double seconds = 0;
};

Encoded encode_all(const Originals& originals, const CodeCodec& codec) {
    Encoded encoded;
    for_pieces(originals, [&](std::size_t first, std::size_t n, std::span<const float> pixels) {
        const Stopwatch encoding;
        const std::vector<float> part = codec.encode(pixels);
        encoded.seconds += encoding.seconds();
        if (first == 0) encoded.codes.reserve(part.size() / n * static_cast<std::size_t>(originals.images.rows()));
        encoded.codes.insert(encoded.codes.end(), part.begin(), part.end());
    });
    return encoded;
}

}  // namespace

std::vector<RatePoint> rate_of_codes(const Originals& originals, const CodeCodec& codec) {
    const int images = originals.images.rows();
    const AezInfo info{
        std::string(64, '0'), images, originals.size.height, originals.size.width * originals.size.channels, {}};
    const Encoded encoded = encode_all(originals, codec);
    std::vector<RatePoint> points;
    for (int bits = 1; bits <= 8; ++bits) {
        RatePoint point{codec.name, fmt::format("{} bit{}", bits, bits == 1 ? "" : "s")};
        const Stopwatch packing;
        const Aez aez(compress_codes(info, encoded.codes, bits), codec.name);
        point.encoded_per_s = images / (encoded.seconds + packing.seconds());
        double decode_seconds = 0;
        Distortion loss(originals.size);
        for_pieces(originals, [&](std::size_t first, std::size_t n, std::span<const float> pixels) {
            const Stopwatch decoding;
            const std::vector<float> decoded = decompress_images(aez, codec.decode, first, n);
            decode_seconds += decoding.seconds();
            loss.add(pixels, decoded);
        });
        point.decoded_per_s = images / decode_seconds;
        point.bytes = static_cast<double>(aez.bytes().size()) / images;
        point.bytes_with_decoder = point.bytes + static_cast<double>(codec.decoder_bytes) / images;
        loss.put_into(point);
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
