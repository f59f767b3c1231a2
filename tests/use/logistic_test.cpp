#include "use/logistic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ae/error.h"
#include "base/rows.h"
#include "random_values.h"

namespace ae {
namespace {

using Labels = std::vector<std::uint8_t>;

/// Three clouds on a line that is stretched and far from the origin, with a column that never changes.
struct Clouds {
    std::vector<float> features;
    Labels labels;

    explicit Clouds(int n, unsigned seed = 11) {
        const std::vector<float> z = test::normal_values(static_cast<std::size_t>(n), seed);
        for (std::size_t i = 0; i < z.size(); ++i) {
            const auto label = static_cast<std::uint8_t>(i % 3);
            features.insert(features.end(), {500 + 100 * (6 * static_cast<float>(label) + z[i]), 7.0f, z[i] / 100});
            labels.push_back(label);
        }
    }
};

TEST(Logistic, SeparatesWhatALineSeparates) {
    const Clouds train(3000), test(900, 12);
    ThreadPool pool(1);
    const LogisticRegression model(as_rows(train.features, 3), train.labels, pool);
    EXPECT_EQ(model.classes(), 3);
    EXPECT_GE(accuracy(model.predict(as_rows(test.features, 3), pool), test.labels), 0.99);
}

/// With one standardised feature x = ±1 and two classes, W = (−w, w): the loss is log1p(exp(−2wx)) + λw², whose minimum
/// lies where λw = sigmoid(−2w).
TEST(Logistic, ReachesTheKnownMinimum) {
    const std::vector<float> features = {1, 3, 1, 3};
    const Labels labels = {0, 1, 0, 1};
    constexpr double kLambda = 0.1;
    double w = 0;
    for (int i = 0; i < 200; ++i) w += 0.5 * (1 / (1 + std::exp(2 * w)) / kLambda - w) * 0.1;
    ThreadPool pool(1);
    LogisticOptions options;
    options.l2 = kLambda;
    const LogisticRegression model(as_rows(features, 1), labels, pool, options);
    EXPECT_NEAR(model.loss(), std::log1p(std::exp(-2 * w)) + kLambda * w * w, 1e-6);
}

TEST(Logistic, WithoutInformationPredictsTheMostFrequentLabel) {
    const std::vector<float> features(10, 3.0f);
    const Labels labels = {2, 2, 2, 2, 2, 2, 0, 0, 1, 1};
    ThreadPool pool(1);
    const LogisticRegression model(as_rows(features, 1), labels, pool);
    EXPECT_NEAR(model.loss(), -(0.6 * std::log(0.6) + 2 * 0.2 * std::log(0.2)), 1e-5);
    EXPECT_EQ(model.predict(as_rows(features, 1), pool), Labels(10, 2));
}

TEST(Logistic, DoesNotDependOnTheNumberOfThreads) {
    const Clouds train(5000);
    ThreadPool one(1), three(3);
    const LogisticOptions few{.iterations = 7};
    EXPECT_EQ(LogisticRegression(as_rows(train.features, 3), train.labels, one, few).loss(),
              LogisticRegression(as_rows(train.features, 3), train.labels, three, few).loss());
}

TEST(Logistic, RefusesLabelsThatDoNotFit) {
    const std::vector<float> features = {1, 2, 3};
    ThreadPool pool(1);
    EXPECT_THROW(LogisticRegression(as_rows(features, 1), Labels{1, 2}, pool), UsageError);
    EXPECT_THROW(LogisticRegression({nullptr, 0, 1}, Labels{}, pool), UsageError);
}

TEST(Logistic, RefusesFeaturesThatAreNotFinite) {
    ThreadPool pool(1);
    for (const float bad : {std::nanf(""), HUGE_VALF}) {
        const std::vector<float> features = {1, bad, 3};
        EXPECT_THROW(LogisticRegression(as_rows(features, 1), Labels{0, 1, 0}, pool), ModelError);
    }
}

TEST(Accuracy, IsTheShareOfEqualLabels) {
    EXPECT_EQ(accuracy(Labels{1, 2, 3, 4}, Labels{1, 0, 3, 4}), 0.75);
}

}  // namespace
}  // namespace ae
