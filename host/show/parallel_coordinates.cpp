#include "show/parallel_coordinates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "base/text.h"
#include "show/html.h"
#include "show/svg_chart.h"

namespace ae::svg {

namespace {

constexpr double kPlotWidth = 560, kPlotHeight = 340;
constexpr double kTopOfAxis = 34, kEndOfAxis = kPlotHeight - 14, kFirstAxis = 64, kLastAxis = kPlotWidth - 74;
constexpr std::size_t kMostLabels = 9;
constexpr double kLabelHeight = 13;

/// The distinct values of an axis and their heights.
class HeightScale {
public:
    explicit HeightScale(const std::vector<std::string>& values) {
        for (const std::string& value : values)
            if (!value.empty() && places_.emplace(value, words_.size()).second) words_.push_back(value);
        for (const std::string& word : words_) numbers_.push_back(number_of(word));
        is_numeric_ = std::ranges::all_of(numbers_, [](double x) { return std::isfinite(x); });
        if (!is_numeric_) std::iota(numbers_.begin(), numbers_.end(), 0.0);
        if (numbers_.empty()) return;
        const auto [least, most] = std::ranges::minmax(numbers_);
        is_log_ = is_numeric_ && least > 0 && most > 10 * least;
        low_ = scaled(least), high_ = scaled(most);
    }

    double operator()(const std::string& word) const { return height_of(numbers_[places_.at(word)]); }

    /// Texts at heights, from the lowest up: all values if these are few, otherwise round numbers.
    std::vector<std::pair<double, std::string>> labels() const {
        std::vector<std::pair<double, std::string>> labels;
        if (words_.size() <= kMostLabels || !is_numeric_) {
            for (std::size_t i = 0; i < words_.size(); ++i) labels.emplace_back(height_of(numbers_[i]), words_[i]);
            std::ranges::sort(labels, std::greater{});
            return labels;
        }
        for (const double tick : ticks(low_, high_, 5)) {
            const double value = is_log_ ? std::pow(10.0, tick) : tick;
            labels.emplace_back(height_of(value), fmt::format("{:.3g}", value));
        }
        return labels;
    }

private:
    double scaled(double value) const { return is_log_ ? std::log10(value) : value; }
    double height_of(double value) const {
        const double place = high_ > low_ ? (scaled(value) - low_) / (high_ - low_) : 0.5;
        return kEndOfAxis + place * (kTopOfAxis - kEndOfAxis);
    }

    std::vector<std::string> words_;
    std::map<std::string, std::size_t> places_;  ///< of the words
    std::vector<double> numbers_;
    bool is_numeric_ = false, is_log_ = false;
    double low_ = 0, high_ = 0;
};

double place_of(std::size_t axis, std::size_t axes) {
    return axes < 2 ? kFirstAxis
                    : kFirstAxis + (kLastAxis - kFirstAxis) * static_cast<double>(axis) / static_cast<double>(axes - 1);
}

/// A browser that does not know color-mix() keeps the colour before it.
std::string style_of(double shade) {
    if (std::isnan(shade)) return "stroke:var(--floor);stroke-dasharray:4 4;opacity:0.7";
    return fmt::format("stroke:var(--first);stroke:color-mix(in oklab, var(--second) {:.0f}%, var(--first));opacity:{}",
                       100 * shade, shade < 0.34 ? 0.95 : 0.6);
}

std::string line_across_axes(const std::vector<ParallelAxis>& axes, const std::vector<HeightScale>& scales,
                             std::size_t line, double shade) {
    std::string points;
    for (std::size_t a = 0; a < axes.size() && !axes[a].values[line].empty(); ++a)
        points += fmt::format("{:.1f},{:.1f} ", place_of(a, axes.size()), scales[a](axes[a].values[line]));
    return fmt::format("<polyline points=\"{}\" style=\"fill:none;stroke-width:1.6;{}\"/>\n", points, style_of(shade));
}

std::string axis_with_labels(const ParallelAxis& axis, const HeightScale& scale, double x, bool is_last) {
    std::string drawn = fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" style=\"stroke:var(--text)\"/>\n"
        "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\" style=\"fill:var(--text)\">{4}</text>\n",
        x, kTopOfAxis, kEndOfAxis, kTopOfAxis - 16, html::escape(axis.name));
    double above = kPlotHeight + kLabelHeight;  // close ones are pushed apart, from the lowest up
    for (const auto& [y, text] : scale.labels()) {
        above = std::min(y + 4, above - kLabelHeight);
        drawn += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                             is_last ? x + 7 : x - 7, above, is_last ? "start" : "end", html::escape(text));
    }
    return drawn;
}

/// The worst first, so that the best lie on top; dashed ones below all.
std::vector<std::size_t> drawing_order(const std::vector<double>& shades) {
    std::vector<std::size_t> order(shades.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto depth = [&](std::size_t i) { return std::isnan(shades[i]) ? 2.0 : shades[i]; };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return depth(a) > depth(b); });
    return order;
}

}  // namespace

std::string parallel_coordinates(const std::vector<ParallelAxis>& axes, const std::vector<double>& shades,
                                 const std::string& description) {
    std::vector<HeightScale> scales;
    for (const ParallelAxis& axis : axes) scales.emplace_back(axis.values);
    std::string drawn = fmt::format(
        "<div class=\"scroll\"><svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-label=\"{}\">\n",
        kPlotWidth, kPlotHeight, html::escape(description));
    for (const std::size_t line : drawing_order(shades)) drawn += line_across_axes(axes, scales, line, shades[line]);
    for (std::size_t a = 0; a < axes.size(); ++a)
        drawn += axis_with_labels(axes[a], scales[a], place_of(a, axes.size()), a + 1 == axes.size());
    return drawn + "</svg></div>\n";
}

}  // namespace ae::svg
