// bce, mse and score against the formula in double.
#include <limits>

#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

constexpr double kEpsilon = 0x1p-23;

struct Truth {
    double bce = 0, mse = 0;
    std::vector<double> dlogits;  // of the image's own loss, not yet divided
    double square = 0;            // mean of those of z + bias − x
    std::vector<double> errors;   // z + bias − x
};

class LossKernels : public OnDevice, public testing::WithParamInterface<MatrixCase> {
protected:
    MatrixCase c = GetParam();
    std::size_t cols = static_cast<std::size_t>(c.cols);
    std::vector<float> x_ = exact_pixels(c.size(), 1);
    std::vector<float> bias_ = exact_values(cols, 2);
    std::vector<float> z_ = wide(exact_values(c.size(), 3));

    /// Some logits far out, where exp() alone would overflow.
    static std::vector<float> wide(std::vector<float> z) {
        for (std::size_t i = 0; i < z.size(); i += 5) z[i] *= i % 2 == 0 ? 8.0f : 64.0f;
        return z;
    }

    Truth truth(std::size_t row) const {
        Truth t;
        for (std::size_t col = 0; col < cols; ++col) {
            const double z = static_cast<double>(z_[row * cols + col]) + static_cast<double>(bias_[col]);
            const double x = x_[row * cols + col];
            const double probability = 1 / (1 + std::exp(-z));
            t.bce += (std::max(z, 0.0) - z * x + std::log1p(std::exp(-std::abs(z)))) / c.cols;
            t.mse += (probability - x) * (probability - x) / c.cols;
            t.dlogits.push_back(probability - x);
            t.square += (z - x) * (z - x) / c.cols;
            t.errors.push_back(z - x);
        }
        return t;
    }
};

TEST_P(LossKernels, BceGivesTheGradientAndEachImagesLoss) {
    const auto rows = static_cast<std::uint32_t>(c.rows);
    const std::uint32_t images = 3 * rows;
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>{{.step = 2}});  // the second step of the epoch
    const DeviceArray<float> z(z_, c.offset), bias(bias_, c.offset), x(x_, c.offset), losses(std::size_t{images});
    bce(stream_, z.matrix(c.rows, c.cols), losses.data(), bias.vector(), x.matrix(c.rows, c.cols), c.rows,
        {Adam{}, Order{42, images, rows}, clock.data()});

    const std::vector<float> gradient = z.values(), found = losses.values();
    for (std::size_t row = 0; row < rows; ++row) {
        const Truth t = truth(row);
        ASSERT_NEAR(found[rows + row], t.bce, 4 * kEpsilon * (1 + t.bce)) << row;
        ASSERT_TRUE(std::isnan(found[row]) && std::isnan(found[2 * rows + row])) << "a place of another step";
        for (std::size_t col = 0; col < cols; ++col)
            ASSERT_NEAR(gradient[row * cols + col] * static_cast<double>(c.size()), t.dlogits[col], 3 * kEpsilon)
                << row << ", " << col;
    }
    EXPECT_EQ(x.values(), x_);
}

TEST_P(LossKernels, MseGivesTheGradientAndEachImagesLoss) {
    const auto rows = static_cast<std::uint32_t>(c.rows);
    const std::uint32_t images = 3 * rows;
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>{{.step = 2}});
    const DeviceArray<float> y(z_, c.offset), bias(bias_, c.offset), x(x_, c.offset), losses(std::size_t{images});
    mse(stream_, y.matrix(c.rows, c.cols), losses.data(), bias.vector(), x.matrix(c.rows, c.cols), c.rows,
        {Adam{}, Order{42, images, rows}, clock.data()});

    const std::vector<float> gradient = y.values(), found = losses.values();
    for (std::size_t row = 0; row < rows; ++row) {
        const Truth t = truth(row);
        ASSERT_NEAR(found[rows + row], t.square, 8 * kEpsilon * (1 + t.square)) << row;
        ASSERT_TRUE(std::isnan(found[row]) && std::isnan(found[2 * rows + row])) << "a place of another step";
        for (std::size_t col = 0; col < cols; ++col)
            ASSERT_NEAR(gradient[row * cols + col] * static_cast<double>(c.size()), 2 * t.errors[col],
                        6 * kEpsilon * (1 + std::abs(t.errors[col])))
                << row << ", " << col;
    }
    EXPECT_EQ(x.values(), x_);
}

TEST_P(LossKernels, ScoreOfMseGivesEachImagesMeanTwice) {
    const DeviceArray<float> y(z_, c.offset), bias(bias_, c.offset), x(x_, c.offset);
    const DeviceArray<float> losses(static_cast<std::size_t>(c.rows)), mse(static_cast<std::size_t>(c.rows));
    score(stream_, losses.data(), mse.data(), y.matrix(c.rows, c.cols), bias.vector(), x.matrix(c.rows, c.cols),
          Loss::mse);
    const std::vector<float> found = losses.values();
    EXPECT_EQ(mse.values(), found);
    for (std::size_t row = 0; row < found.size(); ++row)
        ASSERT_NEAR(found[row], truth(row).square, 8 * kEpsilon * (1 + truth(row).square)) << row;
    EXPECT_EQ(y.values(), z_);
}

TEST_P(LossKernels, ScoreGivesEachImagesMeans) {
    const DeviceArray<float> z(z_, c.offset), bias(bias_, c.offset), x(x_, c.offset);
    const DeviceArray<float> bce(static_cast<std::size_t>(c.rows)), mse(static_cast<std::size_t>(c.rows));
    score(stream_, bce.data(), mse.data(), z.matrix(c.rows, c.cols), bias.vector(), x.matrix(c.rows, c.cols),
          Loss::bce);
    const std::vector<float> found_bce = bce.values(), found_mse = mse.values();
    for (std::size_t row = 0; row < found_bce.size(); ++row) {
        const Truth t = truth(row);
        ASSERT_NEAR(found_bce[row], t.bce, 4 * kEpsilon * (1 + t.bce)) << row;
        ASSERT_NEAR(found_mse[row], t.mse, 4 * kEpsilon) << row;
    }
    EXPECT_EQ(z.values(), z_);
}

INSTANTIATE_TEST_SUITE_P(Shapes, LossKernels, kWideCases);

using LossOnDevice = OnDevice;

/// What the ranks' rows give is what the whole batch gives.
TEST_F(LossOnDevice, RanksShareABatch) {
    constexpr int kPixels = 8, kShares[] = {1, 2, 2};  // of five rows
    const std::vector<float> logits = exact_values(5 * kPixels, 1), pixels = exact_pixels(5 * kPixels, 2);
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>{{.step = 2}});  // the second step of the epoch
    const DeviceArray<float> whole(logits), z(logits), x(pixels), bias(exact_values(kPixels, 3));
    const DeviceArray<float> whole_losses(15), losses(15);
    bce(stream_, whole.matrix(5, kPixels), whole_losses.data(), bias.vector(), x.matrix(5, kPixels), 5,
        {Adam{}, Order{42, 15, 5}, clock.data()});
    int first = 0;
    for (std::uint32_t rank = 0; rank < 3; first += kShares[rank++]) {
        const int rows = kShares[rank];
        bce(stream_, z.matrix(5, kPixels).row_block(first, rows), losses.data(), bias.vector(),
            x.matrix(5, kPixels).row_block(first, rows), 5, {Adam{}, Order{42, 15, 5, rank, 3}, clock.data()});
    }
    EXPECT_EQ(z.values(), whole.values());
    const std::vector<float> found = losses.values(), expected = whole_losses.values();
    for (std::size_t place = 0; place < 15; ++place) {
        const bool is_of_this_step = place >= 5 && place < 10;
        EXPECT_EQ(std::isnan(found[place]), !is_of_this_step) << place;
        if (is_of_this_step) {
            EXPECT_EQ(found[place], expected[place]) << place;
        }
    }
}

TEST_F(LossOnDevice, NanIsSeenInItsImageAlone) {
    std::vector<float> logits = exact_values(2 * 8, 1);
    logits[3] = std::numeric_limits<float>::quiet_NaN();
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>{{.step = 1}});
    const DeviceArray<float> z(logits), bias(std::vector<float>(8)), x(exact_pixels(2 * 8, 2)), losses(2);
    bce(stream_, z.matrix(2, 8), losses.data(), bias.vector(), x.matrix(2, 8), 2,
        {Adam{}, Order{42, 2, 2}, clock.data()});
    const std::vector<float> found = losses.values();
    EXPECT_TRUE(std::isnan(found[0]));
    EXPECT_TRUE(found[1] > 0);
}

}  // namespace
}  // namespace ae::test
