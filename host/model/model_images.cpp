#include "model/model_images.h"

#include <algorithm>
#include <charconv>
#include <climits>

#include "data/image_reading.h"

namespace ae {

namespace {

constexpr const char* kHeight = "image_height";
constexpr const char* kWidth = "image_width";
constexpr const char* kChannels = "image_channels";

/// A positive number in the metadata; 0 if there is none.
int number(const std::map<std::string, std::string>& metadata, const char* key) {
    const auto at = metadata.find(key);
    if (at == metadata.end()) return 0;
    int value = 0;
    const char *first = at->second.data(), *last = first + at->second.size();
    const auto [end, error] = std::from_chars(first, last, value);
    return error == std::errc() && end == last && value > 0 ? value : 0;
}

}  // namespace

void describe_images(std::map<std::string, std::string>& metadata, ImageSize size) {
    metadata[kHeight] = std::to_string(size.height);
    metadata[kWidth] = std::to_string(size.width);
    if (size.channels > 1) metadata[kChannels] = std::to_string(size.channels);
}

std::optional<ImageSize> image_size(const Model& model) {
    const ImageSize size{number(model.metadata, kWidth), number(model.metadata, kHeight),
                         std::max(1, number(model.metadata, kChannels))};
    const std::int64_t pixels = std::int64_t(size.width) * size.height;
    const bool fits = pixels <= INT_MAX && pixels * size.channels == model.settings.shape.pixels();
    return fits && size.width > 0 ? std::optional(size) : std::nullopt;
}

bool takes_numbers(const Model& model) {
    return reading_of_facts(model.metadata).numbers;
}

}  // namespace ae
