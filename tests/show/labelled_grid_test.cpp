#include "show/labelled_grid.h"

#include <gmock/gmock.h>

#include <array>
#include <stdexcept>

#include "picture_text.h"
#include "show/error_map.h"
#include "show/result_pictures.h"

namespace ae {
namespace {

using test::has_text;
using Values = std::vector<float>;

bool has(const Picture& picture, Ink ink, Box box) {
    for (int y = box.top; y < box.top + box.height; ++y)
        for (int x = box.left; x < box.left + box.width; ++x)
            if (picture.at(x, y, 0) == ink[0] && picture.at(x, y, 1) == ink[1] && picture.at(x, y, 2) == ink[2])
                return true;
    return false;
}

bool has(const Picture& picture, Ink ink) {
    return has(picture, ink, {0, 0, picture.width, picture.height});
}

constexpr Ink kWords = {230, 230, 230};

TEST(LabelledGrid, HasWordsLeftOfItsImagesAndBelowThem) {
    const std::vector rows{GridRow{"first", Values(3 * 4, 1)}, GridRow{"second", Values(3 * 4, 0), {"a", "b", "c"}}};
    const Picture picture = labelled_grid(rows, {2, 2});
    ASSERT_EQ(picture.channels, 3);
    const int left = picture.width - 12 - 3 * 112 - 2 * 4;  // of the first image
    EXPECT_EQ(picture.at(left, 12), 255) << "the first image's first pixel";
    EXPECT_NE(picture.at(left - 1, 12), 255);
    EXPECT_TRUE(has(picture, kWords, {0, 0, left, 12 + 112})) << "first";
    EXPECT_TRUE(has(picture, kWords, {0, 12 + 112, left, 112})) << "second";
    for (const int column : {0, 1, 2})
        EXPECT_TRUE(has(picture, kWords, {left + column * 116, picture.height - 36, 112, 20})) << column;
    EXPECT_FALSE(has(picture, kWords, {left, 12 + 112 + 4, 3 * 112, 112})) << "nothing is written over images";
}

TEST(LabelledGrid, MoreThanTenImagesAreBrokenIntoBlocks) {
    const auto height = [](std::size_t n) {
        const std::vector rows{GridRow{"x", Values(n * 4, 1)}};
        return labelled_grid(rows, {2, 2}).height;
    };
    EXPECT_EQ(height(10), height(1));
    EXPECT_EQ(height(11), height(20));
    EXPECT_EQ(height(11) - height(10), 112 + 4);
}

TEST(LabelledGrid, RefusesRowsThatDoNotFit) {
    EXPECT_THROW(labelled_grid({}, {2, 2}), std::invalid_argument);
    const std::vector uneven{GridRow{"x", Values(8)}, GridRow{"y", Values(4)}};
    EXPECT_THROW(labelled_grid(uneven, {2, 2}), std::invalid_argument);
    const std::vector half{GridRow{"x", Values(6)}};
    EXPECT_THROW(labelled_grid(half, {2, 2}), std::invalid_argument);
}

TEST(ErrorMap, TellsMissingFromInvented) {
    const Values errors = signed_errors(Values{1, 0, 0.5f, 0.5f}, Values{0, 1, 0.5f, 0.25f});
    EXPECT_EQ(errors, (Values{1, -1, 0, 0.25f}));
    const Values colours = error_colours(errors, {2, 2});
    ASSERT_EQ(colours.size(), 12u);
    for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_FLOAT_EQ(colours[c], kMissing[c] / 255.0f);
        EXPECT_FLOAT_EQ(colours[3 + c], kInvented[c] / 255.0f);
        EXPECT_EQ(colours[6 + c], 0);
        EXPECT_FLOAT_EQ(colours[9 + c], 0.25f * kMissing[c] / 255);
    }
}

TEST(ErrorMap, OfColourIsTheMeanOfTheChannels) {
    const Values colours = error_colours(Values{1, 1, -0.5f}, {1, 1, 3});
    ASSERT_EQ(colours.size(), 3u);
    EXPECT_FLOAT_EQ(colours[0], 0.5f * kMissing[0] / 255);
}

TEST(ResultPictures, AnErrorIsDrawnInItsColourAndExplained) {
    const Picture missing = anomaly_picture(Values{1, 1, 1, 1}, Values{0, 0, 0, 0}, {"3.5\nname"}, {2, 2});
    EXPECT_TRUE(has(missing, kInvented)) << "the legend alone";
    const int legend = 2 * 20 + 12;
    EXPECT_TRUE(has(missing, kMissing, {0, 0, missing.width, missing.height - legend}));
    EXPECT_FALSE(has(missing, kInvented, {0, 0, missing.width, missing.height - legend}));
}

TEST(ResultPictures, ReconstructionsSayOfHowManyNumbersAndWithWhichError) {
    const RebuiltImages two{.originals = {1, 1, 1, 1, 0, 0, 0, 0},
                            .reconstructions = {0.5f, 0.5f, 0.5f, 0.5f, 1, 1, 1, 1}};
    const Picture picture = reconstruction_picture(two, {2, 2}, 64);
    for (const char* text : {"original", "rebuilt from\n64 numbers\n\nbelow: mean\nsquared error", "0.2500", "1.0000"})
        EXPECT_TRUE(has_text(picture, text)) << text;
    EXPECT_FALSE(has_text(picture, "0.0000"));
}

TEST(ResultPictures, ErrorsOfNumbersAreThoseOfTheNumbersAndNotOfTheirGreys) {
    const RebuiltImages one{.originals = {0, 10, 20, 30}, .reconstructions = {5, 15, 25, 35}, .are_numbers = true};
    EXPECT_TRUE(has_text(reconstruction_picture(one, {2, 2}, 1), "25.0000"));
}

TEST(ResultPictures, AnomaliesHaveTheirCaptionsAndTheirRowsNames) {
    const Picture picture = anomaly_picture(Values{1, 1, 1, 1}, Values{0, 0, 0, 0}, {"3.5\nname"}, {2, 2});
    for (const char* text : {"image", "rebuilt", "difference\n\nbelow: score,\nname", "3.5\nname"})
        EXPECT_TRUE(has_text(picture, text)) << text;
}

TEST(ResultPictures, DenoisedOnesSayWhatEveryRowIs) {
    const Values clean(4, 0.5f), noisy(4, 0.25f), median(4, 0.4f), restored(4, 0.45f);
    const Picture known = denoised_picture({noisy, median, restored, clean}, {2, 2});
    for (const char* text :
         {"noisy\n(below: PSNR)", "3x3 median", "this model", "clean", "12.0 dB", "20.0 dB", "26.0 dB"})
        EXPECT_TRUE(has_text(known, text)) << text;
    const Picture unknown = denoised_picture({noisy, median, restored, {}}, {2, 2});
    for (const char* text : {"input", "3x3 median", "this model"}) EXPECT_TRUE(has_text(unknown, text)) << text;
    for (const char* text : {"noisy", "clean", "dB"}) EXPECT_FALSE(has_text(unknown, text)) << text;
}

TEST(ResultPictures, DenoisedOnesHaveARowForTheMedian) {
    const Values grey(4, 0.5f);
    const int without = denoised_picture({grey, grey, grey, {}}, {2, 2}).height;
    const int with = denoised_picture({grey, grey, grey, grey}, {2, 2}).height;
    EXPECT_EQ(without, 2 * 12 + 3 * (112 + 4)) << "input, median, model";
    EXPECT_EQ(with, without + (112 + 4) + 3 * (4 + 20)) << "clean, and three lines of PSNR";
}

}  // namespace
}  // namespace ae
