#include "engine/fitting_shape.h"

#include <fmt/format.h>

#include "ae/error.h"

namespace ae {
namespace {

constexpr const char* kSeparators = "-,";

bool has_width_at_an_end(const std::string& layers, int pixels) {
    const std::string width = std::to_string(pixels);
    return layers.substr(0, layers.find_first_of(kSeparators)) == width ||
           layers.substr(layers.find_last_of(kSeparators) + 1) == width;
}

}  // namespace

void check_layers(const std::string& layers) {
    const UsageError error(
        fmt::format("layers: '{}' is not a list of widths like 128-64-128 or 784-128-64-128-784", layers));
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
        end = layers.find_first_of(kSeparators, begin);
        const std::string width = layers.substr(begin, end == std::string::npos ? end : end - begin);
        if (width.empty() || width.find_first_not_of("0123456789") != std::string::npos) throw error;
    }
}

Shape fitting_shape(const std::string& layers, int pixels) {
    check_layers(layers);
    return has_width_at_an_end(layers, pixels) ? Shape::parse(layers) : shape_around(layers, pixels);
}

Shape shape_around(const std::string& hidden, int pixels) {
    check_layers(hidden);
    return Shape::parse(fmt::format("{0}-{1}-{0}", pixels, hidden));
}

bool names_hidden_layers(const std::string& layers, const Shape& shape) {
    return !has_width_at_an_end(layers, shape.pixels());
}

}  // namespace ae
