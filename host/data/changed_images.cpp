#include "data/changed_images.h"

#include <algorithm>
#include <utility>

#include "data/image_check.h"
#include "file/resize.h"

namespace ae {
namespace {

std::vector<std::uint8_t> transposed(std::span<const std::uint8_t> image, ImageSize size) {
    std::vector<std::uint8_t> turned;
    turned.reserve(image.size());
    const auto channels = static_cast<std::size_t>(size.channels);
    for (int x = 0; x < size.width; ++x)
        for (int y = 0; y < size.height; ++y) {
            const auto pixel = image.subspan(static_cast<std::size_t>(y * size.width + x) * channels, channels);
            turned.insert(turned.end(), pixel.begin(), pixel.end());
        }
    return turned;
}

void transpose(Images& images) {
    const ImageSize size = size_of(images);
    for (int i = 0; i < images.count; ++i) {
        const std::vector<std::uint8_t> turned = transposed(images.image(i), size);
        std::ranges::copy(turned, images.pixels.begin() + std::ptrdiff_t(i) * images.pixels_per_image());
    }
    std::swap(images.height, images.width);
}

/// Pictures of images with one or three channels; a fourth, of transparency, is left out.
Picture picture_of(const Images& images, int i) {
    const auto values = images.image(i);
    Picture picture{images.width, images.height, {}, images.channels == 1 ? 1 : 3};
    for (std::size_t p = 0; p < values.size(); ++p)
        if (p % static_cast<std::size_t>(images.channels) < 3) picture.pixels.push_back(values[p]);
    return picture;
}

void change_pictures(Images& images, const ImageReading& reading) {
    const bool turns_grey = reading.gray && images.channels > 1;
    const bool resizes = reading.width > 0 && (reading.width != images.width || reading.height != images.height);
    if (images.count == 0 || (!turns_grey && !resizes)) return;
    std::vector<std::uint8_t> pixels;
    Picture picture;
    for (int i = 0; i < images.count; ++i) {
        picture = picture_of(images, i);
        if (turns_grey) picture = to_grey(picture);
        if (resizes) picture = resized(picture, reading.width, reading.height);
        pixels.insert(pixels.end(), picture.pixels.begin(), picture.pixels.end());
    }
    images.pixels = std::move(pixels);
    images.height = picture.height, images.width = picture.width, images.channels = picture.channels;
}

}  // namespace

void turn_to_numbers(Images& images) {
    images.numbers.insert(images.numbers.end(), images.pixels.begin(), images.pixels.end());
    images.pixels = {};
}

void turn_grey(Images& images) {
    ImageReading reading;
    reading.gray = true;
    change_pictures(images, reading);
}

void change(Dataset& data, const ImageReading& reading) {
    const ImageSize size = size_of(data.train);
    for (Images* part : {&data.train, &data.test}) {
        if (reading.transpose) transpose(*part);
        change_pictures(*part, reading);
    }
    if (reading.transpose || size != size_of(data.train)) data.sha256.clear();
}

}  // namespace ae
