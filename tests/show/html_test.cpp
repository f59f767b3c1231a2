// The look of every page: colours that can be told apart, text that can be read, on a phone as well.
#include "show/html.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <regex>

namespace ae::html_test {
namespace {

using testing::HasSubstr;

using Rgb = std::array<double, 3>;  ///< linear light, 0 to 1
using Lab = std::array<double, 3>;  ///< CIE L*a*b*, white D65
using Colours = std::map<std::string, Rgb>;

/// "#1f77b4"
Rgb rgb(const std::string& hex) {
    Rgb linear{};
    for (std::size_t c = 0; c < 3; ++c) {
        const double v = std::stoi(hex.substr(1 + 2 * c, 2), nullptr, 16) / 255.0;
        linear[c] = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    }
    return linear;
}

double luminance(const Rgb& c) {
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

/// As WCAG 2 defines it: 1 for equal colours, 21 for black on white.
double contrast(const Rgb& a, const Rgb& b) {
    const auto [low, high] = std::minmax({luminance(a), luminance(b)});
    return (high + 0.05) / (low + 0.05);
}

Lab lab(const Rgb& c) {
    const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
    const double x = f((0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047), y = f(luminance(c)),
                 z = f((0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double distance(const Rgb& a, const Rgb& b) {
    const Lab p = lab(a), q = lab(b);
    return std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

std::string style() {
    const std::string page = html::page("", "");
    const std::size_t begin = page.find("<style>");
    return page.substr(begin, page.find("</style>") - begin);
}

/// The variables of a light page and of a dark one.
std::array<Colours, 2> both_colours() {
    const std::string css = style();
    const std::size_t dark = css.find("@media (prefers-color-scheme: dark)");
    std::array<Colours, 2> colours;
    const std::regex variable("--([a-z0-9]+): (#[0-9a-f]{6})");
    for (auto at = std::sregex_iterator(css.begin(), css.end(), variable); at != std::sregex_iterator(); ++at)
        colours[static_cast<std::size_t>(at->position()) > dark][(*at)[1]] = rgb((*at)[2]);
    return colours;
}

/// "d0" … "d9"
std::string of_label(int i) {
    return "d" + std::to_string(i);
}

TEST(Colours, DistanceAndContrastAreThoseOfTheStandards) {
    EXPECT_NEAR(contrast(rgb("#000000"), rgb("#ffffff")), 21, 1e-12);
    EXPECT_NEAR(contrast(rgb("#777777"), rgb("#ffffff")), 4.48, 0.005) << "the grey that just fails to be text";
    const Lab red = lab(rgb("#ff0000"));
    EXPECT_NEAR(red[0], 53.24, 0.1);
    EXPECT_NEAR(red[1], 80.09, 0.1);
    EXPECT_NEAR(red[2], 67.20, 0.1);
}

/// A just noticeable difference is 2.3; dots of two pixels need many of them.
TEST(Colours, OfTenLabelsCanBeToldApart) {
    for (const Colours& colours : both_colours())
        for (int i = 0; i < 10; ++i)
            for (int j = 0; j < i; ++j)
                EXPECT_GE(distance(colours.at(of_label(i)), colours.at(of_label(j))), 29) << i << ' ' << j;
}

TEST(Colours, StandOutFromThePage) {
    for (const Colours& colours : both_colours()) {
        const Rgb page = colours.at("page");
        for (int i = 0; i < 10; ++i) EXPECT_GE(contrast(colours.at(of_label(i)), page), 3) << i;
        for (const char* of_text : {"text", "quiet", "first", "second", "floor"})
            EXPECT_GE(contrast(colours.at(of_text), page), 4.5) << of_text;
        EXPECT_GE(contrast(colours.at("quiet"), colours.at("panel")), 4.5);
    }
}

/// One rem is 16 pixels, and what has its size in em stands in text of that size.
TEST(Style, NoTextIsSmallerThan14Pixels) {
    const std::string css = style();
    const std::regex size("font(?:-size)?: ([0-9.]+)(px|r?em)");
    int sizes = 0;
    for (auto at = std::sregex_iterator(css.begin(), css.end(), size); at != std::sregex_iterator(); ++at, ++sizes)
        EXPECT_GE(std::stod((*at)[1]) * ((*at)[2] == "px" ? 1 : 16), 14) << at->str();
    EXPECT_GE(sizes, 8) << "fewer than there are: the expression above misses some";
}

/// The declarations of a rule of the style.
std::string rule(const std::string& selector) {
    const std::string css = style();
    const std::size_t begin = css.find("\n" + selector + " {");
    return begin == css.npos ? "" : css.substr(begin, css.find('}', begin) - begin);
}

/// The widest word decides how narrow a block can be, so words of headings and texts may break, and pictures shrink.
TEST(Style, NothingButChartsAndTablesIsWiderThanAPhone) {
    for (const char* of_words : {"h1, h2", "p"}) EXPECT_THAT(rule(of_words), HasSubstr("overflow-wrap: anywhere"));
    EXPECT_THAT(rule("img"), HasSubstr("max-width: 100%"));
    EXPECT_THAT(rule(".scroll"), HasSubstr("overflow-x: auto"));
}

}  // namespace
}  // namespace ae::html_test
