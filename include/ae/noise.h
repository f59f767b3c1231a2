// Noise for training denoisers: a pure function of (seed, step, row, pixel), so that nothing is stored, a resumed run
// sees the same noise, and CPU and GPU draw the same bits.
#pragma once
#include <cstdint>
#include <string>

#include "ae/arithmetic.h"

namespace ae {

enum class NoiseKind : std::uint8_t { none, gaussian, salt_pepper, mask, block };

/// The change to the pixels of the network's input; those it is compared with stay clean.
///   gaussian     adds a normal value of standard deviation low…high, drawn for each image, and clips to [0, 1]
///   salt_pepper  sets pixels to 0 or 1, each with probability low/2
///   mask         sets pixels to 0 with probability low
///   block        puts a square of side low, of one random grey, at a random place of each image
struct Noise {
    NoiseKind kind = NoiseKind::none;
    float low = 0;
    float high = 0;

    /// Reads "none", "gaussian:0.3", "gaussian:0..0.6", "saltpepper:0.1", "mask:0.5", "block:5". Throws UsageError.
    static Noise parse(const std::string& text);
    std::string text() const;
    bool operator==(const Noise&) const = default;
};

/// A standard normal value from 64 random bits: the sum of their eight bytes, centred and scaled (Irwin–Hall, n = 8:
/// |z| ≤ 4.9, excess kurtosis −0.15). Integers until the last product, so every processor gives the same bits.
AE_HD float normal(std::uint64_t bits) {
    const std::uint64_t pairs = (bits & 0x00FF00FF00FF00FFu) + (bits >> 8 & 0x00FF00FF00FF00FFu);
    const auto sum = static_cast<std::int32_t>(pairs * 0x0001000100010001u >> 48);
    return static_cast<float>(sum - 1020) * (1.0f / 209.022327f);  // √(8·(256² − 1)/12)
}

/// The noise of one image: the values that its pixels share, drawn once.
struct ImageNoise {
    Noise noise;
    std::uint64_t key = 0;  ///< of this image in this step
    float strength = 0;     ///< gaussian: its standard deviation; block: its grey
    std::int32_t top = 0, left = 0;

    /// `image` is the row's number in the stream `stream`: the step in training, 0 for a set that is corrupted once.
    AE_HD ImageNoise(const Noise& n, std::uint64_t seed, std::uint64_t stream, std::uint32_t image, std::int32_t height,
                     std::int32_t width)
        : noise(n), key(random_bits(seed, (0x6E6F697365u << 24) + stream, image)) {
        const float u = unit_uniform(mix(key));
        const std::uint64_t place = mix(~key);
        const auto side = static_cast<std::int32_t>(noise.low);
        strength = noise.kind == NoiseKind::gaussian ? noise.low + u * (noise.high - noise.low) : u;
        if (noise.kind == NoiseKind::block) {
            top = static_cast<std::int32_t>((place >> 32) % static_cast<std::uint32_t>(height - side + 1));
            left = static_cast<std::int32_t>((place & 0xFFFFFFFFu) % static_cast<std::uint32_t>(width - side + 1));
        }
    }

    /// The pixel at (row, col) of the image, whose clean value is x in [0, 1].
    AE_HD float corrupt(float x, std::int32_t row, std::int32_t col, std::int32_t width) const {
        const auto place = static_cast<std::uint32_t>(row * width + col);
        switch (noise.kind) {
            case NoiseKind::none:
                return x;
            case NoiseKind::gaussian:
                return gaussian(x, place);
            case NoiseKind::salt_pepper:
                return salt_pepper(x, place);
            case NoiseKind::mask:
                return mask(x, place);
            case NoiseKind::block:
                return block(x, row, col);
        }
        return x;
    }

    // The same of one kind each, by the pixel's place in the image where that is all it depends on.
    AE_HD float gaussian(float x, std::uint32_t place) const {
        const float noisy = multiply_then_add(strength, normal(bits(place)), x);
        return noisy < 0.0f ? 0.0f : (noisy > 1.0f ? 1.0f : noisy);
    }
    AE_HD float salt_pepper(float x, std::uint32_t place) const {
        const float u = unit_uniform(bits(place));
        return u >= noise.low ? x : (u < noise.low / 2 ? 0.0f : 1.0f);
    }
    AE_HD float mask(float x, std::uint32_t place) const { return unit_uniform(bits(place)) < noise.low ? 0.0f : x; }
    AE_HD float block(float x, std::int32_t row, std::int32_t col) const {
        const auto side = static_cast<std::int32_t>(noise.low);
        const bool inside = row >= top && row < top + side && col >= left && col < left + side;
        return inside ? strength : x;
    }

private:
    AE_HD std::uint64_t bits(std::uint32_t place) const { return mix(key + 2 + place); }
};

/// The noise of many images of one size.
struct NoiseStream {
    Noise noise;
    std::uint64_t seed = 0;
    std::uint64_t stream = 0;
    std::int32_t height = 0, width = 0;

    AE_HD ImageNoise image(std::uint32_t i) const { return {noise, seed, stream, i, height, width}; }
};

}  // namespace ae
