#include "data/image_selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ae/error.h"
#include "base/rows.h"

namespace ae {
namespace {

TEST(Labels, AreReadAsNumbersAndRanges) {
    EXPECT_EQ(labels_text(parse_labels("--digits", "7")), "7");
    EXPECT_EQ(labels_text(parse_labels("--digits", "0-9")), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
    EXPECT_EQ(labels_text(parse_labels("--digits", "5-6,1,3,255")), "1, 3, 5, 6, 255");
}

TEST(Labels, AnythingElseIsRefusedByTheOptionsName) {
    for (const char* text :
         {"", "a", "-", "3-", "-3", "5-3", "1,", ",1", "1,,2", "256", "1 2", "0-256", "1-2-3", "99999999999"})
        try {
            parse_labels("--digits", text);
            ADD_FAILURE() << text;
        } catch (const UsageError& error) {
            EXPECT_NE(std::string(error.what()).find("--digits: '"), std::string::npos) << error.what();
        }
}

TEST(Labels, AreReadByTheirNames) {
    const std::vector<std::string> names{"cat", "dog", "3", "0-1"};
    const auto read = [&](const std::string& text) { return parse_labels("--labels", text, names); };
    EXPECT_EQ(labels_text(read("dog")), "1");
    EXPECT_EQ(labels_text(read("cat,dog"), names), "cat, dog");
    EXPECT_EQ(labels_text(read("3")), "2") << "a name that is a number is a name";
    EXPECT_EQ(labels_text(read("0-1,0")), "0, 3") << "what is no name is a number";
    EXPECT_EQ(label_text(7, names), "7");
    for (const char* text : {"cow", "cat,", "", "cat-dog", "ca"}) try {
            read(text);
            ADD_FAILURE() << text;
        } catch (const UsageError& error) {
            EXPECT_NE(std::string(error.what()).find("there are cat, dog, 3, 0-1"), std::string::npos) << error.what();
        }
}

Images five_images() {
    return {5, 1, 2, {0, 1, 10, 11, 20, 21, 30, 31, 40, 41}, {3, 1, 3, 2, 1}};
}

TEST(Selection, ByLabelKeepsPixelsAndLabelsTogether) {
    const Images images = five_images();
    const auto indices = indices_of(images.labels, parse_labels("--digits", "1,2"));
    EXPECT_EQ(indices, (std::vector<int>{1, 3, 4}));
    const Images taken = take_images(images, indices);
    EXPECT_EQ(taken.count, 3);
    EXPECT_EQ(taken.height, 1);
    EXPECT_EQ(taken.width, 2);
    EXPECT_EQ(taken.pixels, (std::vector<std::uint8_t>{10, 11, 30, 31, 40, 41}));
    EXPECT_EQ(taken.labels, (std::vector<std::uint8_t>{1, 2, 1}));
    EXPECT_EQ(labels_text(labels_in(images.labels)), "1, 2, 3");
}

TEST(Selection, OfImagesWithoutLabels) {
    Images images = five_images();
    images.labels.clear();
    const std::vector<int> last = {4};
    EXPECT_TRUE(take_images(images, last).labels.empty());
    EXPECT_EQ(take_images(images, last).pixels, (std::vector<std::uint8_t>{40, 41}));
}

TEST(Selection, OfRows) {
    const std::vector<float> values = {0, 1, 2, 3, 4, 5};
    const std::vector<int> indices = {2, 0};
    EXPECT_EQ(take_rows(as_rows(values, 2), indices), (std::vector<float>{4, 5, 0, 1}));
}

TEST(RandomSplit, HoldsOutTheFirstOfTheShuffled) {
    const RandomSplit split = random_split(10, 0.25, 3);
    const std::vector<int> order = shuffled(10, 3);
    EXPECT_EQ(split.held_out, std::vector<int>(order.begin(), order.begin() + 3)) << "2.5 is rounded";
    EXPECT_EQ(split.kept, std::vector<int>(order.begin() + 3, order.end()));
    EXPECT_TRUE(random_split(10, 0, 3).held_out.empty());
    EXPECT_TRUE(random_split(10, 1, 3).kept.empty());
    for (const double share : {-0.1, 1.1, 1e300, std::nan("")})
        EXPECT_THROW(random_split(10, share, 3), UsageError) << share;
}

TEST(Shuffled, HoldsEachOnceAndDependsOnTheSeed) {
    std::vector<int> order = shuffled(1000, 1);
    EXPECT_EQ(order, shuffled(1000, 1));
    EXPECT_NE(order, shuffled(1000, 2));
    int in_place = 0;
    for (int i = 0; i < 1000; ++i) in_place += order[static_cast<std::size_t>(i)] == i;
    EXPECT_LT(in_place, 10);
    std::sort(order.begin(), order.end());
    std::vector<int> all(1000);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(order, all);
}

}  // namespace
}  // namespace ae
