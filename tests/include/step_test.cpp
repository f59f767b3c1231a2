// The results of a step: its gradients against finite differences, the float engine against the truth in double.
#include "ae/step.h"

#include "engine/names.h"
#include "step_problem.h"

namespace ae {
namespace {

using test::close;
using test::relative_l2;
using test::StepProblem;

struct Case {
    std::vector<int> widths;
    int height, width, images, batch_size;
    int steps;  // trained before the gradients are looked at
    Activation activation = Activation::relu, code_activation = Activation::relu;
    Noise noise = {};
    Loss loss = Loss::bce;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << text(c.loss) << ", " << Shape(c.widths).text() << ", " << c.images << " images, batch " << c.batch_size
         << ", step " << c.steps;
}

Settings settings_of(const Case& c) {
    return {.shape = Shape(c.widths),
            .batch_size = c.batch_size,
            .adam = {.learning_rate = 0.01},
            .seed = 42,
            .activation = c.activation,
            .code_activation = c.code_activation,
            .noise = c.noise,
            .loss = c.loss};
}

Dataset data_of(const Case& c) {
    return c.loss == Loss::mse ? test::random_number_dataset(c.images, 0, c.height, c.width)
                               : test::random_dataset(c.images, 0, c.height, c.width);
}

class Gradients : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Shapes, Gradients,
                         testing::Values(Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 1},      //
                                         Case{{12, 7, 4, 7, 12}, 3, 4, 10, 4, 3},      // the ragged last batch: 2 rows
                                         Case{{6, 3, 6}, 2, 3, 8, 8, 2},               //
                                         Case{{9, 1, 9}, 3, 3, 3, 1, 2},               //
                                         Case{{20, 8, 6, 3, 5, 9, 20}, 4, 5, 7, 3, 2}  //
                                         ));

INSTANTIATE_TEST_SUITE_P(
    Activations, Gradients,
    testing::Values(
        Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 2, Activation::relu, Activation::linear},
        Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 2, Activation::relu, Activation::tanh},
        Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 2, Activation::tanh, Activation::linear},
        Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 2, Activation::relu, Activation::relu, {NoiseKind::gaussian, 0.2f, 0.4f}},
        Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 2, Activation::tanh, Activation::tanh, {NoiseKind::block, 2, 2}}));

constexpr Activation kRelu = Activation::relu, kTanh = Activation::tanh;
INSTANTIATE_TEST_SUITE_P(
    OfSquaredErrors, Gradients,
    testing::Values(Case{{12, 7, 4, 7, 12}, 3, 4, 10, 5, 1, kRelu, kRelu, {}, Loss::mse},
                    Case{{12, 7, 4, 7, 12}, 3, 4, 10, 4, 3, kTanh, Activation::linear, {}, Loss::mse},
                    Case{{20, 8, 6, 3, 5, 9, 20}, 4, 5, 7, 3, 2, kRelu, kTanh, {}, Loss::mse}));

TEST_P(Gradients, AreTheSlopesOfTheLossForEveryParameter) {
    StepProblem<double> p(settings_of(GetParam()), data_of(GetParam()));
    p.train(GetParam().steps - 1);
    std::vector<double> before(p.parameters().begin(), p.parameters().end());
    std::ranges::fill(p.gradients(), std::numeric_limits<double>::quiet_NaN());
    p.train();
    if (GetParam().noise.kind != NoiseKind::none) {
        const Matrix<double>&seen = p.tensors().input, &clean = p.tensors().target;
        EXPECT_FALSE(std::equal(seen.data, seen.data + seen.size(), clean.data)) << "nothing was corrupted";
    }
    const std::vector<double> gradients(p.gradients().begin(), p.gradients().end());
    std::ranges::copy(before, p.parameters().begin());

    constexpr double kStep = 1e-5;
    std::size_t kinks = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        p.parameters()[i] = before[i] + kStep;
        const double above = p.loss();
        const std::vector<bool> active_above = p.active();
        p.parameters()[i] = before[i] - kStep;
        const double below = p.loss();
        const bool kink = p.active() != active_above;
        p.parameters()[i] = before[i];
        kinks += kink;
        if (kink) continue;
        EXPECT_TRUE(close((above - below) / (2 * kStep), gradients[i], 1e-8, 1e-5))
            << "parameter " << i << ": " << (above - below) / (2 * kStep) << ", not " << gradients[i];
    }
    EXPECT_LE(kinks, before.size() / 20) << "parameters left out because a ReLU switched between the two losses";
}

class StepLoss : public testing::TestWithParam<Loss> {};
INSTANTIATE_TEST_SUITE_P(Losses, StepLoss, testing::Values(Loss::bce, Loss::mse));

TEST_P(StepLoss, IsKeptForEachImageWithTheirMean) {
    Case small{{12, 7, 12}, 3, 4, 10, 4, 0};
    small.loss = GetParam();
    StepProblem<double> p(settings_of(small), data_of(small));
    double sum = 0;
    for (const int rows : {4, 4, 2}) {
        const std::vector<double> before(p.parameters().begin(), p.parameters().end());
        p.train();
        const std::vector<double> after(p.parameters().begin(), p.parameters().end());
        std::ranges::copy(before, p.parameters().begin());
        ASSERT_EQ(p.tensors().input.rows, rows);
        sum += rows * p.loss();
        std::ranges::copy(after, p.parameters().begin());
    }
    EXPECT_NEAR(p.mean_loss(10), sum / 10, 1e-7);
}

struct Agreement {
    std::vector<int> widths;
    int side, steps;
    double density;
    Noise noise = {};
    Activation activation = Activation::relu;
    Loss loss = Loss::bce;  ///< of numbers that are no bytes for mse
};
void PrintTo(const Agreement& a, std::ostream* out) {
    *out << Shape(a.widths).text() << ", " << a.steps << " steps, density " << a.density << ", " << a.noise.text();
}

class FloatAgainstTruth : public testing::TestWithParam<Agreement> {};

INSTANTIATE_TEST_SUITE_P(Shapes, FloatAgainstTruth,
                         testing::Values(Agreement{{784, 128, 64, 128, 784}, 28, 1, 0.2},  //
                                         Agreement{{784, 128, 64, 128, 784}, 28, 1, 0.9},  // dense products
                                         Agreement{{784, 128, 64, 128, 784}, 28, 6, 0.2},  //
                                         Agreement{{49, 33, 17, 49}, 7, 1, 0.2},           //
                                         Agreement{{49, 33, 17, 49}, 7, 6, 0.9},           //
                                         Agreement{{49, 33, 17, 49}, 7, 3, 0.2, {NoiseKind::mask, 0.5f, 0.5f}},
                                         Agreement{{49, 200, 49}, 7, 3, 0.2, {}, Activation::tanh},
                                         Agreement{{49, 33, 17, 49}, 7, 6, 1, {}, Activation::tanh, Loss::mse}));

TEST_P(FloatAgainstTruth, GradientsAndParametersAgree) {
    const Agreement& a = GetParam();
    const Settings settings{.shape = Shape(a.widths),
                            .batch_size = 100,
                            .adam = {},
                            .seed = 42,
                            .activation = a.activation,
                            .code_activation = a.activation,
                            .noise = a.noise,
                            .loss = a.loss};
    Dataset data;
    data.train = a.loss == Loss::mse ? test::random_numbers(250, a.side, a.side, 0.5f, 1)
                                     : test::random_images(250, a.side, a.side, a.density, 1);
    StepProblem<float> engine(settings, data);
    StepProblem<double> truth(settings, data);
    engine.train(a.steps), truth.train(a.steps);
    for (const Layer& layer : settings.shape.layers()) {
        const std::size_t weights = layer.bias - layer.weight, biases = static_cast<std::size_t>(layer.fan_out);
        for (const auto& [from, n] : {std::pair{layer.weight, weights}, std::pair{layer.bias, biases}})
            EXPECT_LE(relative_l2(engine.gradients().subspan(from, n), truth.gradients().subspan(from, n)), 1e-5)
                << "gradient at " << from;
    }
    EXPECT_LE(relative_l2(engine.parameters(), truth.parameters()), 1e-5);
    EXPECT_NEAR(engine.mean_loss(100), truth.mean_loss(100), 1e-6);
}

}  // namespace
}  // namespace ae
