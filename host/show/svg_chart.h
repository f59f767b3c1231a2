// Charts as SVG inside an HTML page; colours are the page's, by CSS variables.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ae::svg {

struct Series {
    std::string name;
    std::string color;           ///< a CSS variable's name: "first"
    std::vector<double> values;  ///< at x = 1, 2, …; NaN and infinity are left out
    bool dashed = false;         ///< to tell lines apart without their colours
    std::size_t marked = 0;      ///< an x with a ring around it, called "best"; 0: none
    bool is_background = false;  ///< without a name at its end, cut off where it leaves the range of the others
};

/// Lines over x = 1, 2, …, each named at its end, and a level that none can cross, if there is one. The first value of
/// a long line does not stretch the axis unless it is the marked one.
struct LineChart {
    std::string x_label, y_label;
    std::vector<Series> series;
    std::optional<double> floor = {};
    std::string floor_name;
};
std::string line_chart(const LineChart& chart);

struct Point {
    double x = 0, y = 0;
    std::uint8_t label = 0;  ///< 0 … 9 choose the colour, others come round again
};

/// The name of a label; "" for none.
using LabelName = std::function<std::string(int)>;

/// Points coloured by label, each label's name at the mean of its points and below the chart.
std::string scatter(std::span<const Point> points, const std::string& description, const LabelName& name);

/// Round numbers that divide low … high into about `wanted` parts. high > low.
std::vector<double> ticks(double low, double high, int wanted);

}  // namespace ae::svg
