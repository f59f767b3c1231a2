#include "engine/cpu_loops.h"

#include <cstring>
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
    const double loss = loops<float>().bce({gradient.data(), GetParam()}, bias.data(), x.data(), 0.5f);
    EXPECT_TRUE(test::close(loss, expected_loss(), 1e-6, 1e-6)) << loss << ", not " << expected_loss();
    for (std::size_t i = 0; i < size(); ++i)
        ASSERT_TRUE(test::close(static_cast<double>(gradient[i]), 0.5 * expected(i).dlogit, 1e-7, 1e-6)) << i;
}

TEST_P(LossOfARow, IsFiniteWhereEveryLogarithmIsThatOfTwo) {
    std::ranges::fill(z, 0.0f), std::ranges::fill(bias, 0.0f);
    const double loss = loops<float>().bce({z.data(), GetParam()}, bias.data(), x.data(), 1);
    EXPECT_TRUE(test::close(loss, GetParam() * std::log(2.0), 0, 1e-6)) << loss;
}

TEST_P(LossOfARow, IsNotANumberWhereALogitIsNone) {
    z.back() = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(loops<float>().score_bce({z.data(), GetParam()}, bias.data(), x.data()).loss));
    EXPECT_TRUE(std::isnan(loops<float>().bce({z.data(), GetParam()}, bias.data(), x.data(), 1)));
}

TEST_P(LossOfARow, ScoresAddUpLossesAndSquaredErrors) {
    double squares = 0;
    for (std::size_t i = 0; i < size(); ++i) squares += expected(i).dlogit * expected(i).dlogit;
    const auto score = loops<float>().score_bce({z.data(), GetParam()}, bias.data(), x.data());
    EXPECT_TRUE(test::close(score.loss, expected_loss(), 1e-6, 1e-6)) << score.loss;
    EXPECT_TRUE(test::close(score.squares, squares, 1e-6, 1e-6)) << score.squares;
}

TEST_P(LossOfARow, OfMseIsTheSumOfSquaredErrorsWithTheirSlopes) {
    std::vector<float> gradient = z;
    const double loss = loops<float>().mse({gradient.data(), GetParam()}, bias.data(), x.data(), 0.5f);
    double squares = 0;
    for (std::size_t i = 0; i < size(); ++i) {
        const double error = static_cast<double>(z[i]) + bias[i] - x[i];
        squares += error * error;
        ASSERT_TRUE(test::close(static_cast<double>(gradient[i]), error, 1e-6, 1e-6)) << i;  // 0.5 · 2 · error
    }
    EXPECT_TRUE(test::close(loss, squares, 1e-6, 1e-5)) << loss << ", not " << squares;
    const auto score = loops<float>().score_mse({z.data(), GetParam()}, bias.data(), x.data());
    EXPECT_TRUE(test::close(score.loss, squares, 1e-6, 1e-5) && score.squares == score.loss) << score.loss;
    z.back() = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(loops<float>().mse({z.data(), GetParam()}, bias.data(), x.data(), 1)));
}

TEST(ActivationGrad, MasksATileAndSumsItsColumns) {
    std::vector<float> da{1, 2, 3, 4, 5, 6}, a{1, 1, 0, 1, 1, 1}, sums{-1, -1, -1};
    loops<float>().activation_grad({da.data(), 2, 3}, {sums.data(), 3}, {a.data(), 2, 3}, Activation::relu,
                                   {0, 2, 1, 2});
    EXPECT_EQ(da, (std::vector<float>{1, 2, 0, 4, 5, 6}));
    EXPECT_EQ(sums, (std::vector<float>{-1, 7, 6}));
}

/// The results of one loop at two levels: the lowest, and one of those above.
class EveryLevel : public testing::TestWithParam<int> {
protected:
    static constexpr int kRows = 5;
    int width() const { return GetParam(); }
    std::size_t size() const { return static_cast<std::size_t>(kRows * width()); }

    /// Calls act(loops, memory), which gives what it may, with a copy of the same values for each level.
    template <typename Act>
    void expect_same_bits(Act act) const {
        std::vector<float> expected = values;
        const auto given = act(loops_at(SimdLevel::base), expected);
        for (const SimdLevel level : simd_levels()) {
            std::vector<float> found = values;
            EXPECT_EQ(act(loops_at(level), found), given) << text(level);
            EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0) << text(level);
        }
        EXPECT_NE(std::memcmp(values.data(), expected.data(), values.size() * sizeof(float)), 0) << "nothing was done";
    }
    Matrix<float> matrix(std::vector<float>& v) const { return {v.data(), kRows, width()}; }
    Tile all() const { return {0, kRows, 0, width()}; }

    std::vector<float> bias = test::normal_values(static_cast<std::size_t>(width()), 2),
                       x = test::uniform_values(size(), 3), values = test::normal_values(size(), 4);
};
INSTANTIATE_TEST_SUITE_P(Widths, EveryLevel, testing::Values(1, 7, 16, 17, 33, 64, 784, 1001));

TEST_P(EveryLevel, GivesTheSameActivations) {
    for (const Activation f : {Activation::relu, Activation::linear, Activation::tanh}) {
        expect_same_bits([&](const Loops<float>& at, std::vector<float>& z) {
            at.bias_activation(matrix(z), {const_cast<float*>(bias.data()), width()}, f, all());
            return 0;
        });
        expect_same_bits([&](const Loops<float>& at, std::vector<float>& da) {
            std::vector<float> sums(bias.size()), a = x;
            da[0] *= 3;  // so that something changes for the linear one too
            at.activation_grad(matrix(da), {sums.data(), width()}, matrix(a), f, all());
            return sums;
        });
    }
}

TEST_P(EveryLevel, GivesTheSameSigmoidsAndLosses) {
    expect_same_bits([&](const Loops<float>& at, std::vector<float>& z) {
        at.bias_sigmoid(matrix(z), {const_cast<float*>(bias.data()), width()});
        return 0;
    });
    expect_same_bits([&](const Loops<float>& at, std::vector<float>& z) {
        std::vector<double> given;
        for (int r = 0; r < kRows; ++r) {
            const Vector<float> row{z.data() + r * width(), width()};
            const float* const target = x.data() + r * width();
            for (const auto score : {at.score_bce, at.score_mse}) {
                const RowScore found = score({row.data, row.size}, bias.data(), target);
                given.insert(given.end(), {found.loss, found.squares});
            }
            given.push_back(at.bce(row, bias.data(), target, 0.01f));
            given.push_back(at.mse(row, bias.data(), target, 0.01f));  // of the gradients that bce has left
        }
        return given;
    });
}

TEST_P(EveryLevel, GivesTheSameNoise) {
    for (const Noise& noise : {Noise{NoiseKind::gaussian, 0.1f, 0.5f}, Noise{NoiseKind::salt_pepper, 0.4f, 0.4f},
                               Noise{NoiseKind::mask, 0.4f, 0.4f}, Noise{NoiseKind::block, 1, 1}})
        expect_same_bits([&](const Loops<float>& at, std::vector<float>& noisy) {
            std::vector<float> clean = x;
            const NoiseStream stream{noise, 5, 3, 1, width()};
            at.corrupt(matrix(noisy), matrix(clean), stream, 2);
            for (int i = 0; i < kRows * width(); ++i) {
                const float one = stream.image(2 + static_cast<std::uint32_t>(i / width()))
                                      .corrupt(x[static_cast<std::size_t>(i)], 0, i % width(), width());
                EXPECT_EQ(noisy[static_cast<std::size_t>(i)], one) << i;
            }
            return 0;
        });
}

TEST_P(EveryLevel, GivesTheSameSumsAndTheSameAdam) {
    expect_same_bits([&](const Loops<float>& at, std::vector<float>& w) {
        std::vector<float> m = bias, v = bias, g = x;
        m.resize(size(), 0.1f), v.resize(size(), 0.2f);
        for (float& value : v) value *= value;
        const int n = static_cast<int>(size());
        at.adam({w.data(), n}, {m.data(), n}, {v.data(), n}, {g.data(), n}, {1e-2f, 0.1f, 1e-3f, 1e-7f}, 1, n);
        if (n > 1) at.sum_rows({w.data(), width()}, matrix(g), 0, width() - 1);
        m.insert(m.end(), v.begin(), v.end());
        return m;
    });
}

}  // namespace
}  // namespace ae
