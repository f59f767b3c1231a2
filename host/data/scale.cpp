#include "ae/scale.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "ae/dataset.h"

namespace ae {
namespace {

/// Sums over the column of a table.
struct Column {
    const float* first;
    std::size_t rows, width;

    template <typename Value>
    double mean_of(Value value) const {
        double sum = 0;
        for (std::size_t row = 0; row < rows; ++row) sum += value(static_cast<double>(first[row * width]));
        return sum / static_cast<double>(rows);
    }
    std::pair<float, float> ends() const {
        float least = *first, most = *first;
        for (std::size_t row = 1; row < rows; ++row) {
            least = std::min(least, first[row * width]);
            most = std::max(most, first[row * width]);
        }
        return {least, most};
    }
};

/// 1/extent; 1 where a float cannot hold that, as for a column without any extent.
float factor_of(double extent) {
    const auto factor = static_cast<float>(1 / extent);
    return factor > 0 && std::isfinite(factor) ? factor : 1.0f;
}

void add_column(Scale& scale, Scaling scaling, const Column& column) {
    const auto [least, most] = column.ends();
    if (scaling == Scaling::minmax || least == most) {
        scale.offset.push_back(least);
        scale.factor.push_back(least == most ? 1.0f : factor_of(static_cast<double>(most) - least));
        return;
    }
    const double mean = column.mean_of([](double v) { return v; });
    const double variance = column.mean_of([mean](double v) { return (v - mean) * (v - mean); });
    scale.offset.push_back(static_cast<float>(mean));
    scale.factor.push_back(factor_of(std::sqrt(variance)));
}

/// Calls body(value, column) for every value of rows.
template <typename Body>
void for_values(std::span<float> rows, std::size_t width, Body body) {
    if (width == 0) return;
    if (rows.size() % width != 0) throw std::logic_error("scale: the values are not whole rows");
    for (std::size_t first = 0; first < rows.size(); first += width)
        for (std::size_t column = 0; column < width; ++column) body(rows[first + column], column);
}

}  // namespace

Scale Scale::fit(Scaling scaling, const Images& images) {
    Scale scale;
    if (scaling == Scaling::none) return scale;
    if (!images.are_numbers()) throw std::logic_error("scale: the images are not numbers");
    const auto width = static_cast<std::size_t>(images.pixels_per_image());
    for (std::size_t column = 0; column < width; ++column)
        add_column(scale, scaling, {images.numbers.data() + column, static_cast<std::size_t>(images.count), width});
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
