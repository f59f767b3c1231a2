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

}  // namespace

bool fits(const WantedImages& wanted, std::uint64_t height, std::uint64_t width) {
    std::uint64_t pixels = 0;
    if (__builtin_mul_overflow(height, width, &pixels)) return false;
    if (!wanted.has_size()) return pixels == static_cast<std::uint64_t>(wanted.pixels);
    return height == static_cast<std::uint64_t>(wanted.size.height) &&
           width == static_cast<std::uint64_t>(wanted.size.width);
}

Dimensions images_in(const Dimensions& array, const WantedImages& wanted) {
    const Dimensions shape = without_channel(array, wanted);
    if (shape.size() == 3 && fits(wanted, shape[1], shape[2])) return shape;
    if (shape.size() == 2 && fits(wanted, shape[0], shape[1])) return {1, shape[0], shape[1]};
    if (shape.size() != 2 || shape[1] != static_cast<std::uint64_t>(wanted.pixels)) return {};
    const ImageSize size = wanted.size_or_row();
    return {shape[0], static_cast<std::uint64_t>(size.height), static_cast<std::uint64_t>(size.width)};
}

}  // namespace ae
