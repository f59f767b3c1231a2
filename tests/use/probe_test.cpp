#include "use/probe.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ae/error.h"
#include "data/image_selection.h"
#include "random_values.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using Labels = std::vector<std::uint8_t>;

TEST(BalancedDraw, TakesAsManyOfEveryLabel) {
    Labels labels;
    for (int i = 0; i < 300; ++i) labels.push_back(static_cast<std::uint8_t>(i % 3 == 0 ? 5 : i % 7 == 1 ? 9 : 0));
    const std::vector<int> drawn = balanced_draw(labels, 31, 1);
    const Labels found = take_labels(labels, drawn);
    for (const int label : {0, 5, 9}) EXPECT_EQ(std::ranges::count(found, label), 10) << label;
    EXPECT_EQ(balanced_draw(labels, 31, 1), drawn);
    EXPECT_NE(balanced_draw(labels, 31, 2), drawn);
    EXPECT_EQ(balanced_draw(labels, 1, 1).size(), 3u) << "none is left out";
    EXPECT_EQ(balanced_draw(Labels{1, 1, 2}, 3, 1).size(), 2u);
    EXPECT_EQ(balanced_draw({}, 10, 1).size(), 0u);
}

/// Two labels, told apart by the first of two features, with a little noise.
Features two_clouds(Labels& train_labels, Labels& test_labels) {
    Features features{"clouds", 2, test::normal_values(800, 1), test::normal_values(400, 2)};
    const auto part = [](std::vector<float>& values, Labels& labels) {
        for (std::size_t i = 0; i < values.size() / 2; ++i) {
            labels.push_back(static_cast<std::uint8_t>(i % 2));
            values[2 * i] = (i % 2 ? 8.0f : -8.0f) + values[2 * i];
        }
    };
    part(features.train, train_labels);
    part(features.test, test_labels);
    return features;
}

TEST(Probe, SeparableFeaturesAreReadWithoutError) {
    ThreadPool pool(2);
    Labels train, test;
    const Features features = two_clouds(train, test);
    std::vector<std::string> pieces;
    std::vector<double> parts;
    const auto progress = [&](const std::string& what, double part) {
        if (pieces.empty() || pieces.back() != what) pieces.push_back(what);
        parts.push_back(part);
    };
    const ProbeOptions options{.few_labels = {10, 400}, .progress = progress};
    const auto measures = probe(features, {train, test}, options, pool);
    const std::vector<std::pair<std::string, int>> expected = {
        {"knn-1-l2", 0},     {"knn-3-l2", 0}, {"knn-5-l2", 0},  {"knn-1-cosine", 0},  {"knn-3-cosine", 0},
        {"knn-5-cosine", 0}, {"linear", 0},   {"knn-1-l2", 10}, {"knn-1-cosine", 10}, {"linear", 10}};
    ASSERT_EQ(measures.size(), expected.size()) << "400 are all, not a few";
    for (std::size_t i = 0; i < measures.size(); ++i) {
        EXPECT_EQ(measures[i].classifier, expected[i].first);
        EXPECT_EQ(measures[i].labels, expected[i].second);
        EXPECT_NEAR(measures[i].accuracy, 1, 1e-9) << measures[i].classifier;
    }
    EXPECT_EQ(pieces, (std::vector<std::string>{"clouds: k-NN l2", "clouds: k-NN cosine", "clouds: linear classifier",
                                                "clouds: 10 labels"}));
    EXPECT_TRUE(std::ranges::is_sorted(parts));
    EXPECT_GT(parts.size(), 10u) << "within a piece as well";
    EXPECT_TRUE(parts.front() == 0 && parts.back() > 0.75 && parts.back() <= 1) << parts.back();
}

// Three points on a line by hand: the nearest neighbour errs where the majority of three does not.
TEST(Probe, MoreNeighboursOutvoteAStray) {
    ThreadPool pool(1);
    const Features features{"line", 1, {1, 2, 3, 10, 11, 12}, {2.1f, 11.1f}};
    const Labels train{0, 1, 0, 1, 1, 1}, test{0, 1};
    const auto measures = probe(features, {train, test}, {.few_labels = {}}, pool);
    EXPECT_EQ(measures[0].accuracy, 0.5);
    EXPECT_EQ(measures[1].accuracy, 1);
}

TEST(Probe, TooFewImagesAreRefused) {
    ThreadPool pool(1);
    const Labels four(4), one(1);
    EXPECT_NE(test::message_of<UsageError>([&] { probe({"x", 1, {1, 2, 3, 4}, {1}}, {four, one}, {}, pool); }), "");
    EXPECT_NE(test::message_of<UsageError>([&] {
                  probe({"x", 1, std::vector<float>(5), {}}, {Labels(5), {}}, {}, pool);
              }),
              "");
}

}  // namespace
}  // namespace ae
