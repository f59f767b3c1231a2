#include "show/labelled_grid.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "ae/error.h"
#include "base/text.h"
#include "show/error_map.h"

namespace ae {
namespace {

constexpr int kPerBlock = 10;     // images side by side
constexpr int kImageWidth = 112;  // at least, where images are smaller
constexpr int kMargin = 12, kGap = 4, kTextScale = 2;
constexpr int kLine = (static_cast<int>(kLetterRows) + 3) * kTextScale;
constexpr Ink kPaper = {32, 32, 32}, kText = {230, 230, 230};

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    Lines lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(in_small_font(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return lines;
}

int width_of(const Lines& lines) {
    std::size_t longest = 0;
    for (const std::string& line : lines) longest = std::max(longest, line.size());
    return text_width(longest, kTextScale);
}

int height_of(const std::string& text) {
    return text.empty() ? 0 : static_cast<int>(lines_of(text).size()) * kLine;
}

/// The end of a line, as long as fits `width` pixels.
std::string end_of(const std::string& line, int width) {
    std::size_t kept = line.size();
    while (kept > 0 && text_width(kept, kTextScale) > width) --kept;
    return kept == line.size() ? line : ".." + line.substr(line.size() - (kept > 2 ? kept - 2 : 0));
}

/// The image scaled, in colour.
Picture picture_of(const GridRow& row, std::size_t image, ImageSize size, int scale) {
    const auto values = std::span(row.images).subspan(image * size.values(), size.values());
    const std::vector<float> shown =
        row.is_error ? error_colours(values, size) : std::vector<float>(values.begin(), values.end());
    const ImageSize shown_size = row.is_error ? ImageSize{size.width, size.height, 3} : size;
    return to_colour(digit_grid(std::array{shown}, shown_size, {.scale = scale, .gutter = 0}));
}

void paste(Picture& picture, const Picture& part, int left, int top) {
    for (int y = 0; y < part.height; ++y)
        for (int x = 0; x < part.width; ++x)
            for (int c = 0; c < 3; ++c) picture.at(left + x, top + y, c) = part.at(x, y, c);
}

/// Where everything goes.
class Page {
public:
    Page(std::span<const GridRow> rows, ImageSize size, std::span<const LegendEntry> legend)
        : rows_(rows), size_(size), legend_(legend), images_(rows.front().images.size() / size.values()) {
        scale_ = std::max(1, kImageWidth / size.width);
        cell_ = std::max(size.width * scale_, kImageWidth);
        for (const GridRow& row : rows) {
            labels_ = std::max(labels_, width_of(lines_of(row.label)));
            int caption = 0;
            for (const std::string& text : row.captions) caption = std::max(caption, height_of(text));
            captions_.push_back(caption);
            block_ += row_height(captions_.size() - 1);
        }
    }

    Picture draw() const {
        const std::size_t blocks = (images_ + kPerBlock - 1) / kPerBlock;
        const int columns = static_cast<int>(std::min<std::size_t>(images_, kPerBlock));
        int legend = 0;
        for (const LegendEntry& entry : legend_) legend = std::max(legend, kLine + width_of({entry.meaning}));
        Picture picture{std::max(left_of(columns), 2 * kMargin + legend) + kMargin - kGap, 0, {}, 3};
        picture.height = 2 * kMargin + static_cast<int>(blocks) * block_ + static_cast<int>(legend_.size()) * kLine;
        picture.pixels.resize(ImageSize{picture.width, picture.height, 3}.values());
        fill(picture, {0, 0, picture.width, picture.height}, kPaper);
        for (std::size_t b = 0; b < blocks; ++b) draw_block(picture, b);
        draw_legend(picture, kMargin + static_cast<int>(blocks) * block_);
        return picture;
    }

private:
    int image_height() const { return size_.height * scale_; }
    int row_height(std::size_t row) const {
        const int label = height_of(rows_[row].label);
        return std::max(image_height() + (captions_[row] > 0 ? kGap + captions_[row] : 0), label) + kGap;
    }
    int left_of(int column) const { return 2 * kMargin + labels_ + column * (cell_ + kGap); }

    void draw_block(Picture& picture, std::size_t block) const {
        int top = kMargin + static_cast<int>(block) * block_;
        const std::size_t first = block * kPerBlock, last = std::min(images_, first + kPerBlock);
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            const int label = top + std::max(0, (image_height() - height_of(rows_[r].label)) / 2);
            draw_lines(picture, lines_of(rows_[r].label), kMargin, label);
            for (std::size_t i = first; i < last; ++i) {
                const int left = left_of(static_cast<int>(i - first));
                paste(picture, picture_of(rows_[r], i, size_, scale_), left, top);
                if (i < rows_[r].captions.size()) draw_caption(picture, rows_[r].captions[i], left, top);
            }
            top += row_height(r);
        }
    }

    void draw_caption(Picture& picture, const std::string& caption, int left, int top) const {
        Lines lines = lines_of(caption);
        for (std::string& line : lines) line = end_of(line, cell_);
        draw_lines(picture, lines, left, top + image_height() + kGap);
    }

    static void draw_lines(Picture& picture, const Lines& lines, int left, int top) {
        for (const std::string& line : lines) {
            draw_text(picture, line, {left, top, kTextScale}, kText);
            top += kLine;
        }
    }

    void draw_legend(Picture& picture, int top) const {
        constexpr int kSquare = static_cast<int>(kLetterRows) * kTextScale;
        for (const LegendEntry& entry : legend_) {
            fill(picture, {kMargin, top, kSquare, kSquare}, entry.ink);
            draw_text(picture, entry.meaning, {kMargin + kLine, top, kTextScale}, kText);
            top += kLine;
        }
    }

    std::span<const GridRow> rows_;
    ImageSize size_;
    std::span<const LegendEntry> legend_;
    std::size_t images_;
    int scale_ = 1, cell_ = 0, labels_ = 0, block_ = 0;
    std::vector<int> captions_;  ///< heights
};

}  // namespace

Picture labelled_grid(std::span<const GridRow> rows, ImageSize size, std::span<const LegendEntry> legend) {
    if (rows.empty() || size.width < 1 || size.height < 1) throw std::invalid_argument("labelled grid: no images");
    for (const GridRow& row : rows)
        if (row.images.empty() || row.images.size() != rows[0].images.size() || row.images.size() % size.values() != 0)
            throw std::invalid_argument("labelled grid: rows that are not equally many whole images");
    return Page(rows, size, legend).draw();
}

}  // namespace ae
