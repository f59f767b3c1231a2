#include "engine/tiles.h"

#include <gtest/gtest.h>

#include <vector>

namespace ae::tiles_test {
namespace {

struct Size {
    int rows, cols;
};
void PrintTo(const Size& s, std::ostream* out) {
    *out << s.rows << "×" << s.cols;
}

class Tilings : public testing::TestWithParam<Size> {
protected:
    void expect_each_element_once(const Tiling& tiles) const {
        const auto [rows, cols] = GetParam();
        std::vector<int> seen(static_cast<std::size_t>(rows * cols));
        for (int i = 0; i < tiles.count(); ++i) {
            const Tile t = tiles[i];
            ASSERT_TRUE(t.rows > 0 && t.columns > 0);
            for (int r = t.row; r < t.row + t.rows; ++r)
                for (int c = t.column; c < t.column + t.columns; ++c) ++seen.at(static_cast<std::size_t>(r * cols + c));
        }
        for (const int n : seen) ASSERT_EQ(n, 1);
    }
};
INSTANTIATE_TEST_SUITE_P(Sizes, Tilings,
                         testing::Values(Size{256, 784}, Size{256, 128}, Size{128, 64}, Size{22, 64}, Size{1, 1},
                                         Size{33, 65}, Size{1000, 300}, Size{3, 2000}, Size{64, 9}));

TEST_P(Tilings, CoverEachElementOnce) {
    expect_each_element_once(Tiling::by_rows(GetParam().rows, GetParam().cols));
    expect_each_element_once(Tiling::by_wide_side(GetParam().rows, GetParam().cols));
}

TEST_P(Tilings, RowsAreCutAlikeWhateverTheirLength) {
    const Tiling tiles = Tiling::by_rows(GetParam().rows, GetParam().cols),
                 others = Tiling::by_rows(GetParam().rows, 5);
    ASSERT_EQ(tiles.count(), others.count());
    for (int i = 0; i < tiles.count(); ++i) {
        EXPECT_EQ(tiles[i].row, others[i].row);
        EXPECT_EQ(tiles[i].columns, GetParam().cols);
    }
}

TEST(Tilings, ShareOutTheDefaultBatchAndItsWeights) {
    EXPECT_EQ(Tiling::by_rows(256, 784).count(), 4);
    const Tiling wide = Tiling::by_wide_side(128, 784);
    EXPECT_EQ(wide.count(), 4);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(wide[i].columns, i < 3 ? 192 : 208);
}

}  // namespace
}  // namespace ae::tiles_test
