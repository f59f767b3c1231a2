#include "ae/scale.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "ae/dataset.h"

namespace ae {
namespace {

/// 1/extent; 1 where a float cannot hold that, as for a column without any extent.
float factor_of(double extent) {
    const auto factor = static_cast<float>(1 / extent);
    return factor > 0 && std::isfinite(factor) ? factor : 1.0f;
}

/// Calls body(value, column) for every value of rows.
template <typename Value, typename Body>
void for_values(std::span<Value> rows, std::size_t width, Body body) {
    if (width == 0) return;
    if (rows.size() % width != 0) throw std::logic_error("scale: the values are not whole rows");
    for (std::size_t first = 0; first < rows.size(); first += width)
        for (std::size_t column = 0; column < width; ++column) body(rows[first + column], column);
}

/// What a table's columns hold, each found in one pass along its rows; the variance where it is asked for.
struct Columns {
    std::vector<float> least, most;
    std::vector<double> mean, variance;

    Columns(std::span<const float> rows, std::size_t width, bool has_variance)
        : least(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(width)),
          most(least),
          mean(width),
          variance(width) {
        const double n = static_cast<double>(rows.size() / width);
        for_values(rows, width, [&](float v, std::size_t c) {
            least[c] = std::min(least[c], v);
            most[c] = std::max(most[c], v);
            mean[c] += static_cast<double>(v);
        });
        for (double& sum : mean) sum /= n;
        if (!has_variance) return;
        for_values(rows, width, [&](float v, std::size_t c) {
            const double from_mean = static_cast<double>(v) - mean[c];
            variance[c] += from_mean * from_mean;
        });
        for (double& sum : variance) sum /= n;
    }
};

}  // namespace

Scale Scale::fit(Scaling scaling, const Images& images) {
    Scale scale;
    if (scaling == Scaling::none) return scale;
    if (!images.are_numbers()) throw std::logic_error("scale: the images are not numbers");
    const auto width = static_cast<std::size_t>(images.pixels_per_image());
    const Columns columns(images.numbers, width, scaling == Scaling::standard);
    for (std::size_t c = 0; c < width; ++c) {
        const float least = columns.least[c], most = columns.most[c];
        const bool by_ends = scaling == Scaling::minmax || least == most;
        const double extent = by_ends ? static_cast<double>(most) - least : std::sqrt(columns.variance[c]);
        scale.offset.push_back(by_ends ? least : static_cast<float>(columns.mean[c]));
        scale.factor.push_back(least == most ? 1.0f : factor_of(extent));
    }
    return scale;
}

void Scale::apply(std::span<float> rows) const {
    for_values(rows, offset.size(), [&](float& v, std::size_t column) { v = (v - offset[column]) * factor[column]; });
}

void Scale::undo(std::span<float> rows) const {
    for_values(rows, offset.size(), [&](float& v, std::size_t column) { v = v / factor[column] + offset[column]; });
}

void Scale::apply(Images& images) const {
    apply(images.numbers);
}

void Scale::apply(Dataset& data) const {
    apply(data.train);
    apply(data.test);
}

}  // namespace ae
