// Pictures that explain themselves: rows of images, each with its name on the left and a caption under each image.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "file/picture.h"
#include "show/small_font.h"

namespace ae {

struct GridRow {
    std::string label;                       ///< lines, separated by \n
    std::vector<float> images;               ///< n × height × width × channels in [0, 1]
    std::vector<std::string> captions = {};  ///< n, lines separated by \n; or none
    bool is_error = false;                   ///< signed: drawn in the colours of error_colours()
};

/// A coloured square and its meaning, below the images.
struct LegendEntry {
    Ink ink;
    std::string meaning;
};

/// As digit_grid(), in colour and larger, so that the text can be read; more than ten images are broken into several
/// blocks of rows. A caption's lines that are too long for their column are cut at the front: names end with what tells
/// them apart. Throws as digit_grid() does.
Picture labelled_grid(std::span<const GridRow> rows, ImageSize size, std::span<const LegendEntry> legend = {});

}  // namespace ae
