// The columns with the largest shares of a row's squared error.
#include "use/feature_errors.h"

#include <gmock/gmock.h>

namespace ae {
namespace {

TEST(FeatureErrors, AreNamedByTheirShareLargestFirst) {
    const std::vector<float> rows{1, 2, 3, 4, /**/ 0, 0, 0, 0, /**/ 1, 1, 1, 1}, back{1,      0, 4, 4, /**/ 0, 0, 0, 0,
                                                                                      /**/ 2, 1, 0, 1};
    const auto largest = largest_errors({rows.data(), 3, 4}, {back.data(), 3, 4}, 2);
    ASSERT_EQ(largest.size(), 3u);
    ASSERT_EQ(largest[0].size(), 2u);
    EXPECT_EQ(largest[0][0].feature, 1);
    EXPECT_DOUBLE_EQ(largest[0][0].share, 4.0 / 5);
    EXPECT_EQ(largest[0][1].feature, 2);
    EXPECT_TRUE(largest[1].empty()) << "the reconstruction is exact";
    EXPECT_EQ(largest[2][0].feature, 0) << "of equal ones the first";
    EXPECT_DOUBLE_EQ(largest[2][0].share, 0.5);
}

TEST(FeatureErrors, AreNoMoreThanThereAreColumns) {
    const std::vector<float> row{1, 2}, back{0, 0};
    EXPECT_EQ(largest_errors({row.data(), 1, 2}, {back.data(), 1, 2}, 5)[0].size(), 2u);
}

}  // namespace
}  // namespace ae
