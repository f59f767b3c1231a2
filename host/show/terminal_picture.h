// Pictures as text in a terminal.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "file/picture.h"

namespace ae {

/// The abilities of a terminal: half blocks in 24-bit colour or in 256 colours, or plain characters.
enum class Shades { true_color, grey_256, ascii };

/// From NO_COLOR, TERM and COLORTERM.
Shades terminal_shades();

/// Lines of text, two rows of pixels to a line.
std::string as_text(const Picture& picture, Shades shades);

/// The rows of digit_grid() as text, broken into several grids where `columns` characters are too few for all images.
std::string digits_as_text(std::span<const std::vector<float>> rows, ImageSize size, int columns, Shades shades);

}  // namespace ae
