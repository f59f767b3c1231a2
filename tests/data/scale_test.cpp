// The scale of a table's numbers: fitted, applied, undone.
#include "ae/scale.h"

#include <gmock/gmock.h>

#include <cmath>
#include <stdexcept>

#include "ae/dataset.h"
#include "compare.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Images table(int rows, int columns, std::vector<float> numbers) {
    Images images{rows, 1, columns, {}, {}};
    images.numbers = std::move(numbers);
    return images;
}

/// A column of 1 to 4, one that is always 7, one of large numbers that lie close together.
Images example() {
    return table(4, 3, {1, 7, 1e6f, 2, 7, 1e6f + 1, 3, 7, 1e6f + 2, 4, 7, 1e6f + 3});
}

TEST(Scale, StandardGivesEachColumnMean0AndDeviation1) {
    Images images = example();
    Scale::fit(Scaling::standard, images).apply(images);
    for (const std::size_t column : {0u, 2u}) {
        double sum = 0, squares = 0;
        for (std::size_t i = column; i < images.numbers.size(); i += 3) {
            sum += images.numbers[i];
            squares += images.numbers[i] * static_cast<double>(images.numbers[i]);
        }
        EXPECT_TRUE(test::close(sum, 0, 1e-6, 0)) << sum;
        EXPECT_TRUE(test::close(squares / 4, 1, 1e-6, 0)) << squares;
    }
}

TEST(Scale, MinmaxBringsEachColumnFrom0To1) {
    Images images = example();
    const Scale scale = Scale::fit(Scaling::minmax, images);
    EXPECT_THAT(scale.offset, ElementsAre(1, 7, 1e6f));
    scale.apply(images);
    EXPECT_EQ(images.numbers[0], 0);
    EXPECT_EQ(images.numbers[9], 1);
    EXPECT_EQ(images.numbers[11], 1);
}

TEST(Scale, AConstantColumnBecomes0AndComesBack) {
    for (const Scaling scaling : {Scaling::minmax, Scaling::standard}) {
        Images images = example();
        const Scale scale = Scale::fit(scaling, images);
        EXPECT_EQ(scale.factor[1], 1);
        scale.apply(images);
        EXPECT_EQ(images.numbers[1], 0);
        scale.undo(images.numbers);
        EXPECT_EQ(images.numbers[1], 7);
    }
    Images tiny = table(2, 1, {0, 1e-42f});  // 1/1e-42 is no float
    const Scale scale = Scale::fit(Scaling::minmax, tiny);
    scale.apply(tiny);
    EXPECT_TRUE(std::isfinite(tiny.numbers[1]));
}

TEST(Scale, UndoIsTheReverseOfApply) {
    for (const Scaling scaling : {Scaling::minmax, Scaling::standard}) {
        const Images images = test::random_numbers(50, 2, 5, 1e3f, 3);
        const Scale scale = Scale::fit(scaling, images);
        std::vector<float> values = images.numbers;
        scale.apply(values);
        EXPECT_NE(values, images.numbers);
        scale.undo(values);
        EXPECT_LE(test::relative_l2(values, images.numbers), 1e-6);
    }
}

TEST(Scale, NoneLeavesAllAsItIs) {
    Images images = example();
    const Scale scale = Scale::fit(Scaling::none, images);
    EXPECT_TRUE(scale.is_none());
    EXPECT_THAT(scale.offset, IsEmpty());
    scale.apply(images);
    EXPECT_EQ(images.numbers, example().numbers);
}

TEST(Scale, RefusesWhatIsNoRowOfNumbers) {
    const Scale scale = Scale::fit(Scaling::standard, example());
    std::vector<float> values(4);
    EXPECT_THROW(scale.apply(values), std::logic_error);
    EXPECT_THROW((void)Scale::fit(Scaling::standard, test::random_images(2, 2, 2, 0.5, 1)), std::logic_error);
}

}  // namespace
}  // namespace ae
