// Words in pictures: letters of 5 × 7 pixels, as large as a caption of a small picture needs them.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "file/picture.h"

namespace ae {

inline constexpr std::size_t kLetterColumns = 5, kLetterRows = 7;
inline constexpr char kUnknownLetter = 127;  ///< a box: the font has ASCII alone

using Ink = std::array<std::uint8_t, 3>;  ///< red, green, blue; a grey picture takes the first

struct Box {
    int left = 0, top = 0, width = 0, height = 0;
};

struct TextPlace {
    int left = 0, top = 0;
    int scale = 2;  ///< every pixel of a letter becomes scale × scale
};

/// Pixels outside the picture are left out, here and below.
void fill(Picture& picture, Box box, Ink ink);
void draw_text(Picture& picture, std::string_view text, TextPlace at, Ink ink);

/// The text in UTF-8 with kUnknownLetter for each character that the font does not have.
std::string in_small_font(std::string_view text);

int text_width(std::size_t characters, int scale);

}  // namespace ae
