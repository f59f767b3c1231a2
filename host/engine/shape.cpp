#include "ae/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "ae/error.h"

namespace ae {

namespace {

constexpr int kWidestLayer = 65536;
constexpr std::size_t kMostParameters = std::numeric_limits<int>::max();

void check_widths(const std::vector<int>& widths) {
    if (widths.size() < 3)
        throw UsageError(
            "layers: an autoencoder needs an input, at least one hidden layer and an output, e.g. 784-64-784");
    for (const int width : widths)
        if (width < 1 || width > kWidestLayer)
            throw UsageError(fmt::format("layers: width {} is not in 1…{}", width, kWidestLayer));
    if (widths.front() != widths.back())
        throw UsageError(
            fmt::format("layers: the output has {} pixels, the input {}; an autoencoder gives back what it was given",
                        widths.back(), widths.front()));
}

}  // namespace

Shape::Shape(std::vector<int> widths) : widths_(std::move(widths)) {
    check_widths(widths_);
    for (std::size_t l = 0; l + 1 < widths_.size(); ++l) {
        const auto in = static_cast<std::size_t>(widths_[l]), out = static_cast<std::size_t>(widths_[l + 1]);
        layers_.push_back({widths_[l], widths_[l + 1], parameters_, parameters_ + in * out});
        parameters_ += in * out + out;
    }
    if (parameters_ > kMostParameters)  // vectors count with an int
        throw UsageError(fmt::format("layers: {} would have {} parameters; up to {} can be trained", text(),
                                     parameters_, kMostParameters));
    const auto narrowest = std::min_element(widths_.begin() + 1, widths_.end() - 1);
    encoder_layers_ = static_cast<int>(narrowest - widths_.begin());
}

Shape Shape::parse(const std::string& text) {
    std::vector<int> widths;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data();; ++at) {
        int width = 0;
        const auto [next, error] = std::from_chars(at, end, width);
        if (error != std::errc() || (next != end && *next != '-' && *next != ','))
            throw UsageError(fmt::format("layers: '{}' is not a list of widths like 784-128-64-128-784", text));
        widths.push_back(width);
        if (next == end) return Shape(std::move(widths));
        at = next;
    }
}

double Shape::flops_per_image() const {
    double flops = 0;
    for (std::size_t l = 0; l < layers_.size(); ++l)
        flops += (l == 0 ? 4.0 : 6.0) * layers_[l].fan_in * layers_[l].fan_out;
    return flops;
}

std::string Shape::layer_name(int l) const {
    return l < encoder_layers_ ? fmt::format("encoder.{}", 2 * l)
                               : fmt::format("decoder.{}", 2 * (l - encoder_layers_));
}

std::string Shape::text() const {
    return fmt::format("{}", fmt::join(widths_, "-"));
}

}  // namespace ae
