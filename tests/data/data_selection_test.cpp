#include "data/data_selection.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ae/error.h"

namespace ae {
namespace {

/// Images of one pixel that is their number; labels go round 0 … 9.
Images numbered(int count) {
    Images images{count, 1, 1, {}, {}};
    for (int i = 0; i < count; ++i) {
        images.pixels.push_back(static_cast<std::uint8_t>(i));
        images.labels.push_back(static_cast<std::uint8_t>(i % 10));
    }
    return images;
}

Dataset small_set() {
    return {"numbers", "memory", numbered(200), numbered(50), ""};
}

std::string refusal(const Dataset& data, const DataSelection& selection) {
    try {
        select(data, selection, 42);
        return "";
    } catch (const UsageError& error) {
        return error.what();
    }
}

TEST(DataSelection, NothingAskedForLeavesAllInPlace) {
    const SelectedData selected = select(small_set(), {}, 42);
    EXPECT_EQ(selected.data.train.pixels, small_set().train.pixels);
    EXPECT_EQ(selected.data.test.labels, small_set().test.labels);
    EXPECT_FALSE(selected.test);
}

TEST(DataSelection, LabelsAreChosenInBothSets) {
    const SelectedData selected = select(small_set(), {"0-4", "2", "test"}, 42);
    EXPECT_EQ(selected.data.train.count, 80);
    EXPECT_EQ(selected.data.test.count, 20);
    for (const Images* images : {&selected.data.train, &selected.data.test})
        for (const std::uint8_t label : images->labels) EXPECT_TRUE(label <= 4 && label != 2) << int(label);
}

TEST(DataSelection, WithoutTestImagesSomeMustBeHeldOut) {
    Dataset data = small_set();
    data.test = {};
    EXPECT_NE(refusal(data, {}).find("--val: numbers has no test images to validate on; --val split:0.1"),
              std::string::npos);
    const SelectedData selected = select(data, {"0-4", "", "split:0.1"}, 42);
    EXPECT_EQ(selected.data.test.count, 10);
    EXPECT_EQ(selected.data.train.count, 90);
    EXPECT_FALSE(selected.test);
}

TEST(DataSelection, AHeldOutPartAndTheRestAreAllOfTheTrainingImages) {
    const SelectedData selected = select(small_set(), {"", "", "split:0.25"}, 42);
    EXPECT_EQ(selected.data.test.count, 50);
    EXPECT_EQ(selected.data.train.count, 150);
    std::vector<std::uint8_t> all = selected.data.train.pixels;
    all.insert(all.end(), selected.data.test.pixels.begin(), selected.data.test.pixels.end());
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, small_set().train.pixels);
    ASSERT_TRUE(selected.test);
    EXPECT_EQ(selected.test->pixels, small_set().test.pixels);
}

TEST(DataSelection, TheSeedDrawsWhatIsHeldOut) {
    const auto held_out = [](std::uint64_t seed, const char* val = "split:0.1") {
        return select(small_set(), {"", "", val}, seed).data.test.pixels;
    };
    EXPECT_EQ(held_out(1), held_out(1));
    EXPECT_NE(held_out(1), held_out(2));
    EXPECT_EQ(held_out(1), held_out(2, "split:0.1:1"));
    EXPECT_EQ(held_out(5, "split:0.1:2"), held_out(6, "split:0.1:2"));
}

TEST(DataSelection, WhatLeavesNothingIsRefused) {
    EXPECT_NE(refusal(small_set(), {"12", "", "test"}).find("have the labels 0, 1, 2"), std::string::npos);
    EXPECT_NE(refusal(small_set(), {"3", "3", "test"}).find("--exclude: '3'"), std::string::npos);
    EXPECT_NE(refusal(small_set(), {"", "", "split:0.001"}).find("none to validate on"), std::string::npos);
    EXPECT_NE(refusal(small_set(), {"", "", "split:0.999"}).find("none to train on"), std::string::npos);
    Dataset unlabelled = small_set();
    unlabelled.train.labels.clear();
    EXPECT_NE(refusal(unlabelled, {"3", "", "test"}).find("have no labels"), std::string::npos);
}

TEST(DataSelection, IsFoundAmongAModelsFacts) {
    for (const DataSelection& selection : {DataSelection{}, DataSelection{"0-4", "2", "split:0.1"}}) {
        auto facts = selection.facts();
        facts["engine"] = "cpu";
        EXPECT_EQ(DataSelection::of(facts), selection);
    }
}

TEST(DataSelection, OtherTextsForValAreRefused) {
    for (const char* val : {"", "split", "split:", "split:0", "split:1", "split:-0.1", "split:0.1x", "split:nan", "0.1",
                            "split:0.1:", "split:0.1:x", "split:0.1:7:", "split:0.1:-7", "split::7"})
        EXPECT_NE(refusal(small_set(), {"", "", val}).find("--val: '"), std::string::npos) << val;
}

}  // namespace
}  // namespace ae
