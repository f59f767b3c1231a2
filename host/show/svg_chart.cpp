#include "show/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "show/html.h"

namespace ae::svg {

namespace {

constexpr double kWidth = 560, kHeight = 320;
constexpr double kLeft = 56, kRight = 144, kTop = 14, kBottom = 44;  // room for the texts around the plot

/// From values to places in the drawing.
struct Scale {
    double low, high, from, to;
    double operator()(double value) const { return from + (to - from) * (value - low) / (high - low); }
};

/// A text at the end of a line.
struct Label {
    double y;
    std::string color, text;
};

std::string open(const std::string& description, double height) {
    return fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth, height,
                       html::escape(description));
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                       html::escape(text));
}

std::string line_across(double y, const std::string& style) {
    return fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" style=\"{}\"/>\n", kLeft, kWidth - kRight,
                       y, y, style);
}

std::string ring(const Series& series, const Scale& x, const Scale& y) {
    if (series.marked == 0 || series.marked > series.values.size()) return "";
    const double px = x(static_cast<double>(series.marked)), py = y(series.values[series.marked - 1]);
    return fmt::format(
               "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\" "
               "style=\"fill:none;stroke:var(--text);stroke-width:1.5\"/>\n",
               px, py) +
           text_at(px, py - 11, px > kWidth - kRight - 24 ? "end" : "middle", "best");
}

std::string polyline(const Series& series, const Scale& x, const Scale& y) {
    std::string points, dots;
    for (std::size_t i = 0; i < series.values.size(); ++i) {
        if (!std::isfinite(series.values[i])) continue;
        const double px = x(static_cast<double>(i + 1)), py = y(series.values[i]);
        points += fmt::format("{:.1f},{:.1f} ", px, py);
        if (series.values.size() <= 30 && !series.is_background)
            dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" style=\"fill:var(--{})\"/>\n", px, py,
                                series.color);
    }
    return fmt::format("<polyline points=\"{}\" style=\"fill:none;stroke:var(--{});stroke-width:{}{}\"/>\n{}", points,
                       series.color, series.is_background ? "1;opacity:0.6" : "2",
                       series.dashed ? ";stroke-dasharray:6 4" : "", dots);
}

/// The lines, cut off where they leave the plot.
std::string inside_the_plot(const std::vector<Series>& series, const Scale& x, const Scale& y) {
    const std::string place =
        fmt::format("{} {} {} {}", kLeft, kTop, kWidth - kRight - kLeft, kHeight - kTop - kBottom);
    std::string drawn = fmt::format("<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"{}\">\n", kLeft, kTop,
                                    kWidth - kRight - kLeft, kHeight - kTop - kBottom, place);
    for (const Series& s : series) drawn += polyline(s, x, y);
    drawn += "</svg>\n";
    for (const Series& s : series) drawn += ring(s, x, y);
    return drawn;
}

/// Names beside the lines' ends, in their colours, pushed apart where ends are close.
std::string end_labels(const LineChart& chart, const Scale& y) {
    std::vector<Label> labels;
    if (chart.floor)
        labels.push_back({y(*chart.floor), "floor", fmt::format("{} {:.4f}", chart.floor_name, *chart.floor)});
    for (const Series& s : chart.series)
        if (!s.is_background && !s.values.empty() && std::isfinite(s.values.back()))
            labels.push_back({y(s.values.back()), s.color, fmt::format("{} {:.4f}", s.name, s.values.back())});
    std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.y > b.y; });
    std::string drawn;
    double above = kHeight;
    for (const Label& label : labels) {
        above = std::min(label.y + 4, above - 15);
        drawn += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" style=\"fill:var(--{})\">{}</text>\n",
                             kWidth - kRight + 8, above, label.color, html::escape(label.text));
    }
    return drawn;
}

std::string axes(const LineChart& chart, const Scale& x, const Scale& y) {
    std::string drawn;
    for (const double value : ticks(y.low, y.high, 5)) {
        drawn += line_across(y(value), "stroke:var(--line)");
        drawn += text_at(kLeft - 8, y(value) + 4, "end", fmt::format("{:.3g}", value));
    }
    for (const double value : ticks(x.low, x.high, 10))
        if (value == std::floor(value))
            drawn += text_at(x(value), kHeight - kBottom + 18, "middle", fmt::format("{:g}", value));
    drawn += text_at((kLeft + kWidth - kRight) / 2, kHeight - 8, "middle", chart.x_label);
    return drawn + text_at(kLeft, kTop - 3, "start", chart.y_label);
}

/// The labels in their colours.
std::string legend(const std::map<int, std::array<double, 3>>& labels, const LabelName& name) {
    std::string drawn;
    for (const auto& [label, sum] : labels)
        if (const std::string text = name(label); !text.empty())
            drawn +=
                fmt::format("<span><i style=\"background:var(--d{})\"></i>{}</span> ", label % 10, html::escape(text));
    return drawn.empty() ? "" : "<p class=\"legend\">" + drawn + "</p>\n";
}

/// The range of nearly all values: outliers must not squeeze the rest into a corner.
Scale bulk(std::vector<double> values, double from, double to) {
    std::sort(values.begin(), values.end());
    const std::size_t rim = values.size() / 200;
    const double low = values[rim], high = values[values.size() - 1 - rim], margin = 0.05 * (high - low) + 1e-12;
    return {low - margin, high + margin, from, to};
}

}  // namespace

std::vector<double> ticks(double low, double high, int wanted) {
    const double raw = (high - low) / wanted, power = std::pow(10.0, std::floor(std::log10(raw)));
    double step = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0})
        if (factor * power >= raw) step = factor * power;
    std::vector<double> at;
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
        at.push_back(i * step + 0.0);  // not -0
    return at;
}

std::string line_chart(const LineChart& chart) {
    constexpr double kNone = std::numeric_limits<double>::infinity();
    constexpr std::size_t kLong = 5;
    double high = chart.floor.value_or(-kNone), low = chart.floor.value_or(kNone);
    std::size_t length = 1;
    for (const Series& s : chart.series) {
        length = std::max(length, s.values.size());
        if (s.is_background) continue;
        for (std::size_t i = s.values.size() >= kLong && s.marked != 1 ? 1 : 0; i < s.values.size(); ++i)
            if (const double v = s.values[i]; std::isfinite(v)) high = std::max(high, v), low = std::min(low, v);
    }
    if (!(low <= high)) low = 0, high = 1;
    const double margin = std::max(0.06 * (high - low), 1e-6);
    const Scale x{1, std::max(2.0, static_cast<double>(length)), kLeft + 8, kWidth - kRight - 4};
    const Scale y{low - margin, high + margin, kHeight - kBottom, kTop};
    std::string drawn = open(chart.y_label + " by " + chart.x_label, kHeight) + axes(chart, x, y);
    if (chart.floor) drawn += line_across(y(*chart.floor), "stroke:var(--floor);stroke-dasharray:5 4");
    drawn += inside_the_plot(chart.series, x, y);
    return "<div class=\"scroll\">" + drawn + end_labels(chart, y) + "</svg></div>\n";
}

std::string scatter(std::span<const Point> points, const std::string& description, const LabelName& name) {
    if (points.empty()) return "";
    constexpr double kTall = 1.3 * kHeight;
    std::vector<double> xs, ys;
    for (const Point& p : points) xs.push_back(p.x), ys.push_back(p.y);
    const Scale x = bulk(xs, 4, kWidth - 4), y = bulk(ys, kTall - 4, 4);
    const auto inside = [](double value, double end) { return std::clamp(value, 3.0, end - 3); };
    std::string drawn = "<div class=\"scroll\">" + open(description, kTall);
    std::map<int, std::array<double, 3>> sums;
    for (const Point& p : points) {
        const double px = inside(x(p.x), kWidth), py = inside(y(p.y), kTall);
        drawn +=
            fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.2\" style=\"fill:var(--d{})\" opacity=\"0.8\"/>\n",
                        px, py, p.label % 10);
        auto& [sum_x, sum_y, count] = sums[p.label];
        sum_x += px, sum_y += py, ++count;
    }
    for (const auto& [label, sum] : sums)
        drawn += fmt::format("<text class=\"mark\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                             sum[0] / sum[2], sum[1] / sum[2] + 7, html::escape(name(label)));
    return drawn + "</svg></div>\n" + legend(sums, name);
}

}  // namespace ae::svg
