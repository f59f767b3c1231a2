#include "use/anomaly_scores.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "ae/error.h"
#include "ae/metrics.h"
#include "base/rows.h"
#include "random_model.h"
#include "random_values.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using Values = std::vector<float>;
using testing::FloatNear;
using testing::Pointwise;

TEST(AnomalyScores, NamesGoBothWays) {
    ASSERT_EQ(anomaly_score_names().size(), kAnomalyScores);
    for (const std::string& name : anomaly_score_names()) EXPECT_EQ(text(parse_anomaly_score(name)), name);
    EXPECT_EQ(test::message_of<UsageError>([] { parse_anomaly_score("best"); }),
              "--score: 'best' is not one of mse, mse-ink, kl, knn, knn-cosine, mahalanobis, local, cosine, combined");
}

TEST(AnomalyScores, InkIsTheMeanPixel) {
    const Values images{0, 1, 0.5f, 0.5f, 0, 0, 0, 0.25f};
    EXPECT_EQ(ink_of({images, {2, 2}}), (Values{0.5f, 0.0625f}));
}

TEST(AnomalyScores, ErrorPerInkStaysFiniteForABlackImage) {
    EXPECT_DOUBLE_EQ(mse_per_ink(0.02, 0.1, 784), 0.2);
    EXPECT_DOUBLE_EQ(mse_per_ink(0.02, 0, 784), 0.02 * 784 * 255);
}

TEST(AnomalyScores, LocalErrorIsTheLargestMeanOfASquare) {
    constexpr int kSide = 9;
    Values x(kSide * kSide), y(kSide * kSide);
    EXPECT_EQ(local_error(x, y, {kSide, kSide}), 0);
    y[0] = 1;  // in one square alone
    EXPECT_NEAR(local_error(x, y, {kSide, kSide}), 1.0 / 25, 1e-12);
    for (const int at : {2 * 9 + 3, 6 * 9 + 7}) y[at] = 0.5f;  // the corners of a 5 × 5 square
    EXPECT_NEAR(local_error(x, y, {kSide, kSide}), (1 + 0.25) / 25, 1e-12) << "with the first pixel, not the other";
    y[0] = 0;
    EXPECT_NEAR(local_error(x, y, {kSide, kSide}), 0.5 / 25, 1e-12);
    y[6 * 9 + 7] = 0, y[6 * 9 + 8] = 0.5f;  // one column farther: no square has both
    EXPECT_NEAR(local_error(x, y, {kSide, kSide}), 0.25 / 25, 1e-12);
    EXPECT_NEAR(local_error(Values{1, 0, 0}, Values{0, 0, 0}, {3, 1}), 1.0 / 3, 1e-12) << "smaller than a square";
}

TEST(AnomalyScores, LocalErrorOfKnownValues) {
    Values x(2 * 6), y(2 * 6);  // 6 wide, 2 high: squares of 5 × 2
    x[0] = 0.6f, y[6 + 5] = 0.8f;
    EXPECT_NEAR(local_error(x, y, {6, 2}), 0.64 / 10, 1e-7) << "the corners lie in different squares";
    x[4] = 0.5f;
    EXPECT_NEAR(local_error(x, y, {6, 2}), (0.64 + 0.25) / 10, 1e-7) << "the pixel that both squares have";
    const Values ones(49, 1), black(49);
    EXPECT_NEAR(local_error(ones, black, {7, 7}), 1, 1e-12);
    Values bad(49);
    bad[24] = std::nanf("");
    EXPECT_FALSE(local_error(bad, black, {7, 7}) > 0) << "no square with it is called the largest";
}

TEST(AnomalyScores, LocalErrorOfColourIsTheMeanOfTheChannels) {
    Values x(25 * 3), y(25 * 3);
    x[3 * 7] = 1, y[3 * 12 + 1] = 0.5f, x[3 * 12 + 2] = 1;  // red in one pixel, green and blue in another
    EXPECT_NEAR(local_error(x, y, {5, 5, 3}), (1 + 0.25 + 1) / 3 / 25, 1e-12);
    EXPECT_NEAR(local_error(x, y, {15, 5, 1}), (1 + 0.25 + 1) / 25, 1e-12) << "as grey values side by side";
}

TEST(AnomalyScores, CosineErrorOfKnownAngles) {
    EXPECT_NEAR(cosine_error(Values{1, 0}, Values{0.5f, 0}), 0, 1e-12);
    EXPECT_NEAR(cosine_error(Values{1, 0}, Values{1, 1}), 1 - std::sqrt(0.5), 1e-12);
    EXPECT_EQ(cosine_error(Values{1, 0}, Values{0, 1}), 1);
    EXPECT_EQ(cosine_error(Values{0, 0}, Values{0, 1}), 1);
}

TEST(AnomalyScores, RanksGoOnEvenlyAndBeyondTheHighest) {
    const Values normal{1, 2, 2, 4};
    EXPECT_DOUBLE_EQ(rank_among(normal, 0), 0);
    EXPECT_DOUBLE_EQ(rank_among(normal, 0.5f), 0.125);
    EXPECT_DOUBLE_EQ(rank_among(normal, 1), 0.25);
    EXPECT_DOUBLE_EQ(rank_among(normal, 3), 0.875);
    EXPECT_DOUBLE_EQ(rank_among(normal, 4), 1);
    EXPECT_DOUBLE_EQ(rank_among(normal, 6), 1.5);
    EXPECT_DOUBLE_EQ(rank_among(Values{0, 0}, 0.5f), 1.5) << "no ratio to zero";
    for (float s = 0; s < 8; s += 0.125f) EXPECT_LE(rank_among(normal, s), rank_among(normal, s + 0.125f)) << s;
}

TEST(NormalCodes, TheDistanceToTheFiveNearest) {
    ThreadPool pool(2);
    const NormalCodes normal({0, 1, 2, 3, 4, 100}, 1, pool);
    const Values codes{0, 2, -3};
    EXPECT_THAT(normal.knn(as_rows(codes, 1), Distance::l2, pool), Pointwise(FloatNear(1e-6f), Values{2, 1.2f, 5}));
    EXPECT_THAT(normal.knn(as_rows(codes, 1), Distance::cosine, pool), Pointwise(FloatNear(1e-6f), Values{1, 0, 1.8f}));
    const NormalCodes few({0, 2}, 1, pool);
    EXPECT_THAT(few.knn(as_rows(codes, 1), Distance::l2, pool), Pointwise(FloatNear(1e-6f), Values{1, 1, 4}));
}

// Codes of variance 4 and 1 along two axes at 45°, and a third dimension that never changes.
TEST(NormalCodes, MahalanobisCountsInStandardDeviations) {
    ThreadPool pool(2);
    const float a = std::sqrt(8.0f), b = std::sqrt(2.0f), h = std::sqrt(0.5f);
    const Values normal{a * h, a * h, 3, -a * h, -a * h, 3, b * h, -b * h, 3, -b * h, b * h, 3};
    const NormalCodes codes(normal, 3, pool);
    const Values asked{0, 0, 3, 4 * h, 4 * h, 3, 2 * h, -2 * h, 3, 0, 0, 3.1f};
    const double ridge = 1e-3 * 5 / 3;
    const Values expected{0, static_cast<float>(4 / std::sqrt(4 + ridge)), static_cast<float>(2 / std::sqrt(1 + ridge)),
                          static_cast<float>(0.1 / std::sqrt(ridge))};
    EXPECT_THAT(codes.mahalanobis(as_rows(asked, 3), pool), Pointwise(FloatNear(1e-4f), expected));
    const NormalCodes equal({1, 1, 1, 1}, 2, pool);
    const Values other{1, 7};
    EXPECT_THAT(equal.mahalanobis(as_rows(other, 2), pool), Pointwise(FloatNear(0), Values{0}));
}

class PlainScores : public testing::Test {
protected:
    static constexpr int kImages = 5000;  // more than a chunk

    PlainScores() : images_(test::uniform_values(kImages * 36, 3)) {
        settings_.shape = Shape({36, 12, 4, 12, 36});
        network_ = make_network("cpu", test::random_model(settings_), {.threads = 2});
    }

    Settings settings_;
    Values images_;
    std::unique_ptr<Network> network_;
    ThreadPool pool_{2};
};

TEST_F(PlainScores, AreThoseOfTheirFormulas) {
    const Values codes = network_->encode(images_), back = network_->reconstruct(images_);
    const NormalCodes normal(network_->encode(std::span(images_).first(36 * 50)), 4, pool_);
    const ImageBatch batch{images_, {9, 4}};
    const ScoreTable table = plain_scores(*network_, batch, normal, pool_);
    const Scores scores = network_->score(images_);
    const Values ink = ink_of(batch);
    EXPECT_EQ(table[AnomalyScore::mse], scores.mse);
    EXPECT_EQ(table[AnomalyScore::knn], normal.knn(as_rows(codes, 4), Distance::l2, pool_));
    EXPECT_EQ(table[AnomalyScore::knn_cosine], normal.knn(as_rows(codes, 4), Distance::cosine, pool_));
    EXPECT_EQ(table[AnomalyScore::mahalanobis], normal.mahalanobis(as_rows(codes, 4), pool_));
    EXPECT_TRUE(table[AnomalyScore::combined].empty());
    for (const int image : {0, 1, 4095, 4096, kImages - 1}) {
        const auto i = static_cast<std::size_t>(image);
        const auto x = row_of(as_rows(std::as_const(images_), 36), image), y = row_of(as_rows(back, 36), image);
        double entropy = 0;
        for (const double p : x) entropy -= p * std::log(p) + (1 - p) * std::log(1 - p);
        EXPECT_NEAR(table[AnomalyScore::kl][i], scores.bce[i] - entropy / 36, 1e-6) << i;
        EXPECT_NEAR(table[AnomalyScore::mse_ink][i], scores.mse[i] / ink[i], 1e-6) << i;
        EXPECT_NEAR(table[AnomalyScore::local][i], local_error(x, y, {9, 4}), 1e-7) << i;
        EXPECT_NEAR(table[AnomalyScore::cosine][i], cosine_error(x, y), 1e-7) << i;
    }
}

}  // namespace
}  // namespace ae
