#include "use/anomaly_detector.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "ae/error.h"
#include "random_model.h"
#include "random_values.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using Values = std::vector<float>;
using test::message_of;
using testing::HasSubstr;

TEST(SplitNormal, PartsAreApartAndWhole) {
    const RandomSplit split = split_normal(1000, 0.1, 7);
    EXPECT_EQ(split.held_out.size(), 100u);
    std::vector<int> all = split.kept;
    all.insert(all.end(), split.held_out.begin(), split.held_out.end());
    std::ranges::sort(all);
    std::vector<int> expected(1000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected);
    EXPECT_NE(split_normal(1000, 0.1, 8).held_out, split.held_out);
    for (const double share : {0.0, 0.0004, 0.9996, 1.0})
        EXPECT_THAT(message_of<UsageError>([&] { split_normal(1000, share, 7); }), HasSubstr("both parts")) << share;
}

/// A network of random weights: its scores are as good as any to draw lines in.
class Detector : public testing::Test {
protected:
    static constexpr int kPixels = 25;

    Detector() {
        Settings settings;
        settings.shape = Shape({kPixels, 8, 3, 8, kPixels});
        model_ = test::random_model(settings);
        network_ = make_network("cpu", model_, {.threads = 1});
    }

    static Values images(int n, std::uint32_t seed) {
        Values values = test::uniform_values(static_cast<std::size_t>(n * kPixels), seed);
        for (int i = 0; i < n; ++i)  // from pale to bright
            for (int p = 0; p < kPixels; ++p)
                values[static_cast<std::size_t>(i * kPixels + p)] *= 0.5f + static_cast<float>(i % 16) / 30;
        return values;
    }

    AnomalyDetector fit(double rate = 0.05) {
        const Values reference = images(300, 1), held_out = images(400, 2);
        const VerdictRule rule{AnomalyScore::mse, rate, 0};
        return AnomalyDetector::fit(*network_, {reference, {5, 5}}, {held_out, {5, 5}}, rule, pool_).detector;
    }

    Model model_;
    std::unique_ptr<Network> network_;
    ThreadPool pool_{2};
};

TEST_F(Detector, FalseAlarmsAreAsManyAsAskedFor) {
    const Values unseen = images(4000, 3);
    for (const double rate : {0.05, 0.2}) {
        const AnomalyDetector detector = fit(rate);
        const ScoreTable table = detector.scores(*network_, {unseen, {5, 5}}, pool_);
        const Values ink = ink_of({unseen, {5, 5}});
        for (std::size_t kind = 0; kind < kAnomalyScores; ++kind) {
            const auto score = static_cast<AnomalyScore>(kind);
            int alarms = 0;
            for (std::size_t i = 0; i < ink.size(); ++i)
                alarms += detector.verdict(score, table[score][i], ink[i]) == Verdict::anomalous;
            // two parts of chance: 400 images that set the line, 4000 that fall on either side
            EXPECT_NEAR(alarms / 4000.0, rate, 4 * std::sqrt(rate * (1 - rate) * (1 / 400.0 + 1 / 4000.0)))
                << text(score);
        }
    }
}

TEST_F(Detector, OnlyWhatIsNeededIsComputed) {
    const AnomalyDetector detector = fit();
    const Values unseen = images(10, 3);
    const auto columns = [&](AnomalyScore score) {
        const ScoreTable table = detector.scores(*network_, {unseen, {5, 5}}, pool_, needed_for(score));
        return std::ranges::count_if(table.columns, [](const Values& column) { return !column.empty(); });
    };
    EXPECT_EQ(columns(AnomalyScore::mse), 1);
    EXPECT_EQ(columns(AnomalyScore::knn), 1);
    EXPECT_EQ(columns(AnomalyScore::combined), 3) << "with the two that it combines";
}

TEST_F(Detector, TheVerdictAndThePValueAgree) {
    const AnomalyDetector detector = fit(0.1);
    const Values& held_out = detector.calibration(AnomalyScore::mse).scores();
    for (const float score : held_out)
        for (const float s : {score, std::nextafter(score, 1.0f)})
            EXPECT_EQ(detector.verdict(AnomalyScore::mse, s, 1) == Verdict::anomalous,
                      detector.calibration(AnomalyScore::mse).p_value(s) <= 0.1);
}

TEST_F(Detector, ABlackImageHasAVerdictOfItsOwn) {
    const AnomalyDetector detector = fit();
    const Values black(kPixels);
    const ImageBatch batch{black, {5, 5}};
    const ScoreTable table = detector.scores(*network_, batch, pool_);
    for (const Values& column : table.columns) EXPECT_TRUE(std::isfinite(column[0]));
    EXPECT_EQ(detector.verdict(AnomalyScore::mse, table[AnomalyScore::mse][0], ink_of(batch)[0]), Verdict::too_dark);
    EXPECT_EQ(detector.verdict(AnomalyScore::mse, 0, static_cast<float>(2.1 * detector.rule().least_ink)),
              Verdict::normal);
}

TEST_F(Detector, TooFewHeldOutImagesForTheRate) {
    EXPECT_THAT(message_of<UsageError>([&] { fit(0.001); }), HasSubstr("400 held-out images"));
}

}  // namespace
}  // namespace ae
