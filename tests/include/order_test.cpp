#include "ae/order.h"

#include <algorithm>
#include <numeric>

#include "ae/engine.h"
#include "compare.h"

namespace ae {
namespace {

std::vector<std::uint32_t> epoch_of(const Order& order, std::uint64_t epoch) {
    std::vector<std::uint32_t> images;
    const std::uint64_t steps = order.steps_per_epoch();
    for (std::uint64_t step = epoch * steps; step < (epoch + 1) * steps; ++step)
        for (std::uint32_t r = 0; r < order.rows(step); ++r) images.push_back(order.image(step, r));
    return images;
}

class OrderOfImages : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, OrderOfImages, testing::Values(1, 2, 3, 5, 255, 256, 257, 60000, 65536, 70001));

/// Enough images that two orders cannot coincide by chance.
class OrderOfManyImages : public OrderOfImages {};
INSTANTIATE_TEST_SUITE_P(Sizes, OrderOfManyImages, testing::Values(255, 256, 257, 60000, 65536, 70001));

TEST_P(OrderOfImages, ShowsEveryImageOnceInAnEpoch) {
    const std::uint32_t n = GetParam();
    for (const std::uint32_t batch : {1u, 7u, 256u}) {
        if (batch > n) continue;
        for (const std::uint64_t epoch : {0u, 1u, 1000u}) {
            std::vector<std::uint32_t> images = epoch_of({42, n, batch}, epoch), sorted(n);
            std::iota(sorted.begin(), sorted.end(), 0u);
            std::sort(images.begin(), images.end());
            ASSERT_EQ(images, sorted) << batch << ' ' << epoch;
        }
    }
}

TEST_P(OrderOfManyImages, DiffersBetweenEpochsAndSeedsAndFromTheFile) {
    const std::uint32_t n = GetParam(), batch = std::min(n, 256u);
    std::vector<std::uint32_t> file(n);
    std::iota(file.begin(), file.end(), 0u);
    const auto first = epoch_of({42, n, batch}, 0);
    for (const auto& other : {epoch_of({42, n, batch}, 1), epoch_of({43, n, batch}, 0), file}) {
        std::uint32_t same = 0;
        for (std::uint32_t i = 0; i < n; ++i) same += first[i] == other[i];
        EXPECT_LE(same, 8u);  // one in expectation
    }
}

TEST(Order, DoesNotDependOnTheBatchSize) {
    EXPECT_EQ(epoch_of({42, 1000, 256}, 3), epoch_of({42, 1000, 7}, 3));
}

TEST(Order, SpreadsEveryImageOverAllPlaces) {
    constexpr std::uint32_t kImages = 10, kEpochs = 20'000;
    std::vector<int> seen(kImages);
    const Order order{1, kImages, 1};
    for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) ++seen[order.image(epoch * kImages, 0)];
    for (const int count : seen) EXPECT_NEAR(count, kEpochs / kImages, 220);  // 5 standard deviations
}

TEST(Order, SixtyThousandAre234FullBatchesAnd96) {
    const Order order{42, 60000, 256};
    EXPECT_EQ(order.steps_per_epoch(), 235u);
    EXPECT_EQ(order.rows(0), 256u);
    EXPECT_EQ(order.rows(233), 256u);
    EXPECT_EQ(order.rows(234), 96u);
    EXPECT_EQ(order.rows(235), 256u);
    EXPECT_EQ(order.first(234), 234u * 256);
    EXPECT_EQ(order.first(235), 0u);
}

// ---------------------------------------------------------------------------------------------------------------------
// batches that are shared out to ranks

class Ranks : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Numbers, Ranks, testing::Values(1, 2, 3, 4, 7, 64, 300));

Order order_of_rank(int rank, int ranks) {
    Images images;
    images.count = 1000;
    return Order::of({.shape = Shape({4, 2, 4}), .batch_size = 256, .adam = {}, .seed = 5}, images, {rank, ranks});
}

TEST_P(Ranks, HaveTogetherTheBatchOfOne) {
    const Order one = order_of_rank(0, 1);
    for (std::uint64_t step = 0; step < 2 * one.steps_per_epoch(); ++step) {
        std::uint32_t row = 0;
        for (int rank = 0; rank < GetParam(); ++rank) {
            const Order mine = order_of_rank(rank, GetParam());
            ASSERT_EQ(mine.first_row(step), row) << step << ' ' << rank;
            ASSERT_EQ(mine.first(step), one.first(step) + row);
            ASSERT_EQ(mine.batch_rows(step), one.rows(step));
            for (std::uint32_t r = 0; r < mine.rows(step); ++r, ++row)
                ASSERT_EQ(mine.image(step, r), one.image(step, row)) << step << ' ' << rank << ' ' << r;
        }
        ASSERT_EQ(row, one.rows(step)) << step;
    }
}

TEST_P(Ranks, HaveEvenShares) {
    const Order first = order_of_rank(0, GetParam());
    for (std::uint64_t step = 0; step < first.steps_per_epoch(); ++step)
        for (int rank = 0; rank < GetParam(); ++rank) {
            const std::uint32_t even = first.batch_rows(step) / static_cast<std::uint32_t>(GetParam());
            const std::uint32_t rows = order_of_rank(rank, GetParam()).rows(step);
            EXPECT_TRUE(rows == even || rows == even + 1) << step << ' ' << rank << ' ' << rows;
        }
}

}  // namespace
}  // namespace ae
