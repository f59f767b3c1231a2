#include "use/detection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ae/error.h"
#include "random_values.h"

namespace ae {
namespace {

using Scores = std::vector<float>;

TEST(Detection, PerfectAndWorst) {
    const Detection perfect = detection(Scores{1, 2, 3}, Scores{4, 5});
    EXPECT_EQ(perfect.auroc, 1);
    EXPECT_EQ(perfect.auprc, 1);
    EXPECT_EQ(perfect.fpr95, 0);
    const Detection worst = detection(Scores{4, 5}, Scores{1, 2, 3});
    EXPECT_EQ(worst.auroc, 0);
    EXPECT_EQ(worst.fpr95, 1);
    EXPECT_NEAR(worst.auprc, (1 / 3.0 + 2 / 4.0 + 3 / 5.0) / 3, 1e-12);
}

// The anomalies' ranks from the top are 1, 3 and 6 of 7.
TEST(Detection, AMixedRankingByHand) {
    const Detection mixed = detection(Scores{6, 4, 3, 1}, Scores{7, 5, 2});
    EXPECT_NEAR(mixed.auroc, (4 + 3 + 1) / 12.0, 1e-12);
    EXPECT_NEAR(mixed.auprc, (1 / 1.0 + 2 / 3.0 + 3 / 6.0) / 3, 1e-12);
    EXPECT_EQ(mixed.fpr95, 0.75);
}

TEST(Detection, EqualScoresCountHalfAndTogether) {
    const Detection same = detection(Scores{1, 1, 1}, Scores{1});
    EXPECT_EQ(same.auroc, 0.5);
    EXPECT_EQ(same.auprc, 0.25);
    EXPECT_EQ(same.fpr95, 1);
    const Detection partly = detection(Scores{2, 1, 1}, Scores{2, 3});
    EXPECT_NEAR(partly.auroc, (2.5 + 3) / 6, 1e-12);
    EXPECT_NEAR(partly.auprc, (1 + 2 / 3.0) / 2, 1e-12);
    EXPECT_NEAR(partly.fpr95, 1 / 3.0, 1e-12);
}

TEST(Detection, RecallOf95PercentIsEnough) {
    Scores anomalies(19, 2.0f);
    anomalies.push_back(0);
    EXPECT_EQ(detection(Scores{1, 1}, anomalies).fpr95, 0);
    anomalies.push_back(0);
    EXPECT_EQ(detection(Scores{1, 1}, anomalies).fpr95, 1) << "19 of 21 are fewer than 95 %";
}

TEST(Detection, IsTheShareOfPairsInOrder) {
    const Scores normal = test::normal_values(300, 6);
    Scores anomalous = test::normal_values(200, 7);
    for (float& s : anomalous) s = std::round(4 * (s + 1)) / 4;
    double pairs = 0;
    for (const float a : anomalous)
        for (const float n : normal) pairs += a > n ? 1 : a == n ? 0.5 : 0;
    EXPECT_NEAR(detection(normal, anomalous).auroc, pairs / (300 * 200), 1e-12);
}

TEST(Detection, RefusesWhatCannotBeRanked) {
    EXPECT_THROW(detection(Scores{}, Scores{1}), UsageError);
    EXPECT_THROW(detection(Scores{1}, Scores{}), UsageError);
    EXPECT_THROW(detection(Scores{1, std::numeric_limits<float>::quiet_NaN()}, Scores{1}), UsageError);
}

TEST(Calibration, CountsThoseAtLeastAsHigh) {
    const Calibration calibration({3, 1, 2, 2});
    EXPECT_EQ(calibration.p_value(0), 1);
    EXPECT_EQ(calibration.p_value(2), 4 / 5.0);
    EXPECT_EQ(calibration.p_value(2.5), 2 / 5.0);
    EXPECT_EQ(calibration.p_value(9), 1 / 5.0);
}

TEST(Calibration, TheThresholdIsWhereThePValueFallsToTheRate) {
    Scores scores = test::normal_values(999, 8);
    const Calibration calibration(scores);
    for (const double rate : {0.001, 0.01, 0.05, 0.29, 0.5, 0.999}) {
        const float threshold = calibration.threshold(rate);
        EXPECT_GT(calibration.p_value(threshold), rate) << rate;
        EXPECT_LE(calibration.p_value(std::nextafter(threshold, 1e9f)), rate + 1e-12) << rate;
    }
}

TEST(Calibration, KeepsItsPromiseOnNewNormalData) {
    const Calibration calibration(test::normal_values(2000, 9));
    const float threshold = calibration.threshold(0.05);
    const Scores unseen = test::normal_values(20000, 10);
    const auto alarms = std::count_if(unseen.begin(), unseen.end(), [&](float s) { return s > threshold; });
    EXPECT_NEAR(static_cast<double>(alarms) / 20000, 0.05, 0.01);
}

// The share of normal data above the threshold, over many draws of the held-out data.
TEST(Calibration, TheRatesSpreadIsAsTold) {
    constexpr int kDraws = 400;
    const Scores fresh = test::normal_values(20000, 77);
    double sum = 0, squares = 0;
    for (std::uint32_t draw = 0; draw < kDraws; ++draw) {
        const float threshold = Calibration(test::normal_values(99, 1000 + draw)).threshold(0.1);
        const double rate = static_cast<double>(std::ranges::count_if(fresh, [&](float s) { return s >= threshold; })) /
                            static_cast<double>(fresh.size());
        sum += rate, squares += rate * rate;
    }
    const double mean = sum / kDraws, deviation = std::sqrt(squares / kDraws - mean * mean);
    EXPECT_NEAR(mean, 0.1, 0.005);
    EXPECT_NEAR(Calibration(Scores(99, 0.0f)).rate_deviation(0.1), deviation, 0.004);
}

TEST(Calibration, RefusesARateThatItCannotVouchFor) {
    const Calibration calibration(Scores(19, 1.0f));
    EXPECT_NO_THROW(calibration.threshold(0.05));
    EXPECT_EQ(calibration.threshold(std::nextafter(1.0, 0.0)), calibration.scores().front()) << "as many as there are";
    for (const double rate : {0.049, 0.0, -1.0, 1.0, std::nan("")})
        EXPECT_THROW(calibration.threshold(rate), UsageError) << rate;
    EXPECT_THROW(Calibration({}), UsageError);
    EXPECT_THROW(Calibration({std::nanf("")}), UsageError);
}

}  // namespace
}  // namespace ae
