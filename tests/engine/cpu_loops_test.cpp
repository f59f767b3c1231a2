#include "engine/cpu_loops.h"

#include <vector>

#include "compare.h"
#include "random_values.h"

namespace ae {
namespace {

/// A row of logits, biases and pixels, and what the formula of one pixel says of each.
class LossOfARow : public testing::TestWithParam<int> {
protected:
    std::size_t size() const { return static_cast<std::size_t>(GetParam()); }
    Bce<double> expected(std::size_t i) const {
        return bce(static_cast<double>(z[i]) + static_cast<double>(bias[i]), static_cast<double>(x[i]));
    }
    double expected_loss() const {
        double sum = 0;
        for (std::size_t i = 0; i < size(); ++i) sum += expected(i).loss;
        return sum;
    }
    std::vector<float> z = test::normal_values(size(), 1), bias = test::normal_values(size(), 2),
                       x = test::uniform_values(size(), 3);
};
INSTANTIATE_TEST_SUITE_P(Sizes, LossOfARow, testing::Values(1, 15, 16, 784, 960, 961, 5000));

TEST_P(LossOfARow, IsTheSumOfTheLossesOfItsPixels) {
    std::vector<float> gradient = z;
    const double loss = Loops<float>::bce({gradient.data(), GetParam()}, bias.data(), x.data(), 0.5f);
    EXPECT_TRUE(test::close(loss, expected_loss(), 1e-6, 1e-6)) << loss << ", not " << expected_loss();
    for (std::size_t i = 0; i < size(); ++i)
        ASSERT_TRUE(test::close(static_cast<double>(gradient[i]), 0.5 * expected(i).dlogit, 1e-7, 1e-6)) << i;
}

TEST_P(LossOfARow, IsFiniteWhereEveryLogarithmIsThatOfTwo) {
    std::ranges::fill(z, 0.0f), std::ranges::fill(bias, 0.0f);
    const double loss = Loops<float>::bce({z.data(), GetParam()}, bias.data(), x.data(), 1);
    EXPECT_TRUE(test::close(loss, GetParam() * std::log(2.0), 0, 1e-6)) << loss;
}

TEST_P(LossOfARow, IsNotANumberWhereALogitIsNone) {
    z.back() = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(Loops<float>::score({z.data(), GetParam()}, bias.data(), x.data()).bce));
    EXPECT_TRUE(std::isnan(Loops<float>::bce({z.data(), GetParam()}, bias.data(), x.data(), 1)));
}

TEST_P(LossOfARow, ScoresAddUpLossesAndSquaredErrors) {
    double squares = 0;
    for (std::size_t i = 0; i < size(); ++i) squares += expected(i).dlogit * expected(i).dlogit;
    const auto score = Loops<float>::score({z.data(), GetParam()}, bias.data(), x.data());
    EXPECT_TRUE(test::close(score.bce, expected_loss(), 1e-6, 1e-6)) << score.bce;
    EXPECT_TRUE(test::close(score.squares, squares, 1e-6, 1e-6)) << score.squares;
}

TEST(ActivationGrad, MasksATileAndSumsItsColumns) {
    std::vector<float> da{1, 2, 3, 4, 5, 6}, a{1, 1, 0, 1, 1, 1}, sums{-1, -1, -1};
    Loops<float>::activation_grad({da.data(), 2, 3}, {sums.data(), 3}, {a.data(), 2, 3}, Activation::relu,
                                  {0, 2, 1, 2});
    EXPECT_EQ(da, (std::vector<float>{1, 2, 0, 4, 5, 6}));
    EXPECT_EQ(sums, (std::vector<float>{-1, 7, 6}));
}

}  // namespace
}  // namespace ae
