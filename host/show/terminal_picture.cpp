#include "show/terminal_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
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

struct Colour {
    std::uint8_t red = 0, green = 0, blue = 0;

    bool operator==(const Colour&) const = default;
    bool is_grey() const { return red == green && red == blue; }
    int grey() const { return (299 * red + 587 * green + 114 * blue + 500) / 1000; }
};

/// Index among the 256 colours: 16 … 231 are a cube of six reds, greens and blues.
int colour_256(const Colour& c) {
    if (c.is_grey()) return grey_256(c.red);
    const auto step = [](std::uint8_t v) { return (v * 5 + 127) / 255; };
    return 16 + 36 * step(c.red) + 6 * step(c.green) + step(c.blue);
}

std::string colour(int layer, const Colour& c, Shades shades) {
    return shades == Shades::grey_256 ? fmt::format("\x1b[{};5;{}m", layer, colour_256(c))
                                      : fmt::format("\x1b[{};2;{};{};{}m", layer, c.red, c.green, c.blue);
}

Colour colour_at(const Picture& picture, int x, int y) {
    if (y >= picture.height) return {};
    const int last = picture.channels - 1;
    return {picture.at(x, y), picture.at(x, y, std::min(1, last)), picture.at(x, y, std::min(2, last))};
}

/// One character for an upper and a lower pixel; colours are only said where they change.
class LineWriter {
public:
    explicit LineWriter(Shades shades) : shades_(shades) {}

    void add(const Colour& upper, const Colour& lower) {
        if (shades_ == Shades::ascii) {
            const int ink = (upper.grey() + lower.grey()) * (static_cast<int>(kInk.size()) - 1) / 510;
            text_ += kInk[static_cast<std::size_t>(ink)];
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
    std::optional<Colour> upper_, lower_;
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
        for (int x = 0; x < picture.width; ++x) line.add(colour_at(picture, x, y), colour_at(picture, x, y + 1));
        text += line.end();
    }
    return text;
}

std::string digits_as_text(std::span<const std::vector<float>> rows, ImageSize size, int columns, Shades shades) {
    constexpr GridStyle kStyle{.scale = 1, .gutter = 1};
    const int fitting = std::max(1, (columns - kStyle.gutter) / (size.width + kStyle.gutter));
    const std::size_t step = static_cast<std::size_t>(fitting) * size.values();
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
