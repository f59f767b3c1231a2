#include "use/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ae/error.h"
#include "base/rows.h"
#include "random_values.h"

namespace ae::nearest_test {
namespace {

using testing::Values;

double plain_distance(std::span<const float> a, std::span<const float> b, Distance distance) {
    double squares = 0, dot = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        squares += std::pow(double(a[i]) - b[i], 2);
        dot += double(a[i]) * b[i], aa += double(a[i]) * a[i], bb += double(b[i]) * b[i];
    }
    return distance == Distance::l2 ? std::sqrt(squares) : 1 - dot / std::sqrt(aa) / std::sqrt(bb);
}

class NearestOf : public testing::TestWithParam<Distance> {};

TEST_P(NearestOf, AreThoseThatSortingAllWouldGive) {
    constexpr int kBase = 2077, kQueries = 150, kWidth = 17, kNeighbours = 5;
    const std::vector<float> base = test::normal_values(kBase * kWidth, 4),
                             q = test::normal_values(kQueries * kWidth, 5);
    const auto vectors = as_rows(base, kWidth), queries = as_rows(q, kWidth);
    ThreadPool pool(3);
    const Neighbours found = NearestNeighbours(vectors).find(queries, kNeighbours, GetParam(), pool);
    for (int i = 0; i < kQueries; ++i) {
        std::vector<std::pair<double, int>> all;
        for (int b = 0; b < kBase; ++b)
            all.emplace_back(plain_distance(row_of(queries, i), row_of(vectors, b), GetParam()), b);
        std::sort(all.begin(), all.end());
        for (int k = 0; k < kNeighbours; ++k) {
            const auto at = static_cast<std::size_t>(i * kNeighbours + k);
            EXPECT_EQ(found.indices[at], all[static_cast<std::size_t>(k)].second);
            EXPECT_NEAR(found.distances[at], all[static_cast<std::size_t>(k)].first, 1e-6);
        }
    }
}

TEST_P(NearestOf, PreferTheFirstOfEquals) {
    std::vector<float> base;
    for (int i = 0; i < 3000; ++i) base.insert(base.end(), {1.0f, i % 7 == 3 ? 2.0f : -1.0f});
    const std::vector<float> query = {2, 4};
    ThreadPool pool(2);
    const Neighbours found = NearestNeighbours(as_rows(base, 2)).find(as_rows(query, 2), 4, GetParam(), pool);
    EXPECT_EQ(found.indices, (std::vector<int>{3, 10, 17, 24}));
}

TEST(Nearest, DistancesAreExactWhereLargeNumbersCancel) {
    std::vector<float> base;
    for (int i = 0; i < 100; ++i) base.insert(base.end(), {i < 5 ? 4096.0f : 0.0f, static_cast<float>(4096 + i) / 256});
    const std::vector<float> query = {base[6], base[7]};
    ThreadPool pool(1);
    const Neighbours found = NearestNeighbours(as_rows(base, 2)).find(as_rows(query, 2), 1, Distance::l2, pool);
    EXPECT_EQ(found.indices[0], 3) << "to the products in float the first five are the same";
    EXPECT_EQ(found.distances[0], 0);
}

INSTANTIATE_TEST_SUITE_P(Distances, NearestOf, Values(Distance::l2, Distance::cosine));

TEST(Nearest, AVectorOfZerosIsAtCosineDistanceOneFromAll) {
    const std::vector<float> base = {0, 0, 3, 4}, query = {1, 0, 0, 0};
    ThreadPool pool(1);
    const Neighbours found = NearestNeighbours(as_rows(base, 2)).find(as_rows(query, 2), 2, Distance::cosine, pool);
    EXPECT_EQ(found.indices, (std::vector<int>{1, 0, 0, 1}));
    EXPECT_THAT(found.distances, testing::ElementsAre(testing::FloatNear(0.4f, 1e-6f), 1, 1, 1));
}

TEST(Nearest, RefuseWhatCannotBeFound) {
    const std::vector<float> base = {0, 0, 3, 4}, query = {1, 0};
    ThreadPool pool(1);
    const NearestNeighbours nearest(as_rows(base, 2));
    EXPECT_THROW(nearest.find(as_rows(query, 2), 3, Distance::l2, pool), UsageError);
    EXPECT_THROW(nearest.find(as_rows(query, 2), 0, Distance::l2, pool), UsageError);
    EXPECT_THROW(nearest.find(as_rows(query, 1), 1, Distance::l2, pool), UsageError);
    const std::vector<float> nan = {std::numeric_limits<float>::quiet_NaN(), 0};
    EXPECT_THROW(nearest.find(as_rows(nan, 2), 1, Distance::l2, pool), DataError);
}

TEST(Vote, TakesTheMostFrequentAndThenTheNearest) {
    const std::vector<std::uint8_t> labels = {1, 2, 2, 3, 1, 2, 5, 5, 4};
    EXPECT_EQ(vote(labels, 3), (std::vector<std::uint8_t>{2, 3, 5}));
    const std::vector<std::uint8_t> five = {9, 4, 4, 7, 7};
    EXPECT_EQ(vote(five, 5), (std::vector<std::uint8_t>{4}));
    EXPECT_EQ(vote(labels, 1), labels);
}

}  // namespace
}  // namespace ae::nearest_test
