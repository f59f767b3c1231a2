#include "data/image_array.h"

namespace ae {

namespace {

/// The shape without axes of length 1 after the first, which other programs use for a channel: n×28×28×1 and
/// n×1×28×28 become n×28×28, n×1×784 becomes n×784.
Dimensions without_channel(const Dimensions& shape, const WantedImages& wanted) {
    const auto is_image = [&](const Dimensions& s) { return s.size() == 3 && fits(wanted, s[1], s[2]); };
    if (shape.size() < 3 || is_image(shape)) return shape;
    for (std::size_t axis = shape.size(); axis-- > 1;) {
        if (shape[axis] != 1) continue;
        Dimensions less = shape;
        less.erase(less.begin() + static_cast<std::ptrdiff_t>(axis));
        if (is_image(less) || less.size() == 2) return less;
        if (less.size() > 3) return without_channel(less, wanted);
    }
    return shape;
}

/// n×h×w×c, n×c×h×w, or one image without n, for a network whose images have several channels.
bool holds_colour(const Dimensions& array, const WantedImages& wanted) {
    if (!wanted.has_size() || wanted.size.channels == 1 || array.size() < 3 || array.size() > 4) return false;
    const Dimensions image(array.end() - 3, array.end());
    return fits(wanted, image[0], image[1], image[2]) || has_channels_first(array, wanted);
}

}  // namespace

bool fits(const WantedImages& wanted, std::uint64_t height, std::uint64_t width, std::uint64_t channels) {
    std::uint64_t pixels = 0;
    if (__builtin_mul_overflow(height, width, &pixels) || __builtin_mul_overflow(pixels, channels, &pixels))
        return false;
    if (!wanted.has_size()) return pixels == static_cast<std::uint64_t>(wanted.pixels);
    return height == static_cast<std::uint64_t>(wanted.size.height) &&
           width == static_cast<std::uint64_t>(wanted.size.width) &&
           channels == static_cast<std::uint64_t>(wanted.size.channels);
}

bool has_channels_first(const Dimensions& array, const WantedImages& wanted) {
    if (!wanted.has_size() || wanted.size.channels == 1 || array.size() < 3) return false;
    const Dimensions image(array.end() - 3, array.end());
    return array.size() <= 4 && !fits(wanted, image[0], image[1], image[2]) &&
           fits(wanted, image[1], image[2], image[0]);
}

Dimensions images_in(const Dimensions& array, const WantedImages& wanted) {
    const ImageSize size = wanted.size_or_row();
    const auto of_size = [&](std::uint64_t n) {
        return Dimensions{n, static_cast<std::uint64_t>(size.height), static_cast<std::uint64_t>(size.width),
                          static_cast<std::uint64_t>(size.channels)};
    };
    if (holds_colour(array, wanted)) return of_size(array.size() == 4 ? array[0] : 1);
    const Dimensions shape = without_channel(array, wanted);
    if (shape.size() == 3 && fits(wanted, shape[1], shape[2])) return {shape[0], shape[1], shape[2], 1};
    if (shape.size() == 2 && fits(wanted, shape[0], shape[1])) return {1, shape[0], shape[1], 1};
    if (shape.size() != 2 || shape[1] != static_cast<std::uint64_t>(wanted.pixels)) return {};
    return of_size(shape[0]);
}

}  // namespace ae
