// Reads the captions of pictures: whether a text stands in one.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "show/small_font.h"

namespace ae::test {

/// Whether the picture, in colour, has these lines, separated by \n, one below the other, as labelled_grid() writes
/// them.
inline bool has_text(const Picture& picture, const std::string& text) {
    constexpr int kScale = 2, kLine = 20, kLetters = static_cast<int>(kLetterRows) * kScale;
    constexpr Ink kPaper = {32, 32, 32}, kText = {230, 230, 230};
    std::vector<std::string> lines{""};
    for (const char c : text) c == '\n' ? lines.emplace_back() : lines.back() += c;
    const auto longest = std::ranges::max(lines, {}, &std::string::size).size();
    const int width = text_width(longest, kScale), height = kLine * (static_cast<int>(lines.size()) - 1) + kLetters;
    Picture wanted{width, height, std::vector<std::uint8_t>(ImageSize{width, height, 3}.values()), 3};
    fill(wanted, {0, 0, width, height}, kPaper);
    for (std::size_t i = 0; i < lines.size(); ++i)
        draw_text(wanted, lines[i], {0, kLine * static_cast<int>(i), kScale}, kText);
    const auto is_at = [&](int left, int top) {
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < 3; ++c)
                    if (picture.at(left + x, top + y, c) != wanted.at(x, y, c)) return false;
        return true;
    };
    for (int top = 0; top + height <= picture.height; ++top)
        for (int left = 0; left + width <= picture.width; ++left)
            if (is_at(left, top)) return true;
    return false;
}

}  // namespace ae::test
