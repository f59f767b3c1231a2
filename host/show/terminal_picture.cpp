#include "show/terminal_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace ae {

namespace {

constexpr const char* kUpperHalf = "▀";
constexpr std::string_view kInk = " .:-=+*#%@";

/// Index among the 256 colours: 232 … 255 are greys, 16 and 231 are black and white.
int grey_256(std::uint8_t shade) {
    const int step = (shade * 25 + 127) / 255;
    return step == 0 ? 16 : step == 25 ? 231 : 231 + step;
}

std::string colour(int layer, std::uint8_t shade, Shades shades) {
    return shades == Shades::grey_256 ? fmt::format("\x1b[{};5;{}m", layer, grey_256(shade))
                                      : fmt::format("\x1b[{0};2;{1};{1};{1}m", layer, shade);
}

/// One character for an upper and a lower pixel; colours are only said where they change.
class LineWriter {
public:
    explicit LineWriter(Shades shades) : shades_(shades) {}

    void add(std::uint8_t upper, std::uint8_t lower) {
        if (shades_ == Shades::ascii) {
            text_ += kInk[static_cast<std::size_t>((upper + lower) * (static_cast<int>(kInk.size()) - 1) / 510)];
            return;
        }
        if (upper != upper_) text_ += colour(38, upper, shades_);
        if (lower != lower_) text_ += colour(48, lower, shades_);
        upper_ = upper, lower_ = lower;
        text_ += kUpperHalf;
    }

    std::string end() const { return text_ + (shades_ == Shades::ascii ? "\n" : "\x1b[0m\n"); }

private:
    Shades shades_;
    int upper_ = -1, lower_ = -1;
    std::string text_;
};

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

Shades terminal_shades() {
    const std::string_view term = environment("TERM"), colours = environment("COLORTERM");
    if (!environment("NO_COLOR").empty() || term.empty() || term == "dumb") return Shades::ascii;
    return colours == "truecolor" || colours == "24bit" ? Shades::true_color : Shades::grey_256;
}

std::string as_text(const Picture& picture, Shades shades) {
    std::string text;
    for (int y = 0; y < picture.height; y += 2) {
        LineWriter line(shades);
        for (int x = 0; x < picture.width; ++x)
            line.add(picture.at(x, y), y + 1 < picture.height ? picture.at(x, y + 1) : std::uint8_t(0));
        text += line.end();
    }
    return text;
}

std::string digits_as_text(std::span<const std::vector<float>> rows, ImageSize size, int columns, Shades shades) {
    constexpr GridStyle kStyle{.scale = 1, .gutter = 1};
    const auto pixels = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    const int fitting = std::max(1, (columns - kStyle.gutter) / (size.width + kStyle.gutter));
    const std::size_t step = static_cast<std::size_t>(fitting) * pixels;
    std::string text;
    for (std::size_t first = 0; first < rows[0].size(); first += step) {
        std::vector<std::vector<float>> part;
        for (const std::vector<float>& row : rows) {
            const auto begin = row.begin() + static_cast<std::ptrdiff_t>(std::min(first, row.size()));
            part.emplace_back(begin,
                              begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(step), row.end() - begin));
        }
        text += as_text(digit_grid(part, size, kStyle), shades);
    }
    return text;
}

}  // namespace ae
