#include "data/known_images.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace ae {
namespace {

std::uint64_t hash_of(std::span<const float> image) {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(image.data()), image.size_bytes()});
}

template <typename Take>
void for_images(std::span<const float> images, std::size_t values, Take&& take) {
    for (std::size_t first = 0; first + values <= images.size(); first += values) take(images.subspan(first, values));
}

}  // namespace

void KnownImages::add(std::span<const float> images) {
    for_images(images, values_, [&](std::span<const float> image) { hashes_.push_back(hash_of(image)); });
}

void KnownImages::finish() {
    std::ranges::sort(hashes_);
}

int KnownImages::count_of(std::span<const float> images) const {
    int found = 0;
    for_images(images, values_, [&](std::span<const float> image) {
        found += std::ranges::binary_search(hashes_, hash_of(image)) ? 1 : 0;
    });
    return found;
}

}  // namespace ae
