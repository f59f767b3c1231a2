#include "data/known_images.h"

#include <cmath>
#include <string>

#include "ae/arithmetic.h"

namespace ae {
namespace {

template <typename T>
std::string_view as_text(std::span<const T> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

/// The bytes of an image, or of its numbers.
std::string_view text_of(const Images& images, int i) {
    if (!images.are_numbers()) return as_text(images.image(i));
    const auto width = static_cast<std::size_t>(images.pixels_per_image());
    return as_text(std::span(images.numbers).subspan(static_cast<std::size_t>(i) * width, width));
}

/// Sets `bytes` to those that give the pixels; false where a pixel is none of a byte's 256 values.
bool to_bytes(std::span<const float> pixels, std::string& bytes) {
    bytes.clear();
    for (const float v : pixels) {
        const auto byte = static_cast<std::uint8_t>(std::lround(255 * std::fmin(std::fmax(v, 0.0f), 1.0f)));
        if (pixel<float>(byte) != v) return false;
        bytes.push_back(static_cast<char>(byte));
    }
    return true;
}

double share(std::size_t found, std::size_t n) {
    return n == 0 ? 0 : static_cast<double>(found) / static_cast<double>(n);
}

}  // namespace

KnownImages::KnownImages(const Images& images)
    : pixels_(static_cast<std::size_t>(images.pixels_per_image())), are_numbers_(images.are_numbers()) {
    index_.reserve(static_cast<std::size_t>(images.count));
    for (int i = 0; i < images.count; ++i) index_.insert(text_of(images, i));
}

double KnownImages::share_of(std::span<const float> images) const {
    if (pixels_ == 0) return 0;
    std::size_t found = 0;
    std::string bytes;
    for (std::size_t first = 0; first + pixels_ <= images.size(); first += pixels_) {
        const std::span<const float> image = images.subspan(first, pixels_);
        const bool is_known =
            are_numbers_ ? index_.contains(as_text(image)) : to_bytes(image, bytes) && index_.contains(bytes);
        found += is_known ? 1 : 0;
    }
    return share(found, images.size() / pixels_);
}

double KnownImages::share_of(const Images& images) const {
    std::size_t found = 0;
    for (int i = 0; i < images.count; ++i) found += index_.contains(text_of(images, i)) ? 1 : 0;
    return share(found, static_cast<std::size_t>(images.count));
}

}  // namespace ae
