// Every verb of several models at once leaves in each model's memory the bits that it leaves for that model alone, with
// the model's own seed, rates and noise.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::models_test {
using namespace test;
namespace {

constexpr int kModels = 3, kRows = 5, kCols = 12, kSize = kRows * kCols;
constexpr std::size_t kStride = 320;
constexpr std::uint32_t kImages = 15;
const Order kOrder{0, kImages, kRows};

/// The settings of model m, all unlike those of the others.
ModelRecipe recipe(std::uint64_t m) {
    const Adam adam{.learning_rate = 1e-3 * static_cast<double>(1 + m), .beta1 = 0.9 - 0.1 * static_cast<double>(m)};
    const Noise noises[] = {{NoiseKind::gaussian, 0.1f, 0.5f}, {NoiseKind::salt_pepper, 0.4f}, {NoiseKind::mask, 0.5f}};
    return {5 + m, adam, AdamCoefficients<float>::of(adam, StepCounter()), noises[m]};
}

class Models : public OnDevice {
protected:
    std::vector<ModelRecipe> recipes_{recipe(0), recipe(1), recipe(2)};
    std::vector<float> start_ = exact_pixels(kModels * kStride, 1);

    /// A clock in a step of this number.
    static StepCounter clock_in(std::uint64_t step, const Adam& adam) {
        StepCounter clock;
        while (clock.step < step) ae::tick(clock, adam);
        return clock;
    }
    /// Each model is in a step of its own, as they never are, so that a kernel which looks at another's is seen.
    std::vector<StepCounter> clocks() const {
        std::vector<StepCounter> clocks;
        for (const ModelRecipe& r : recipes_) clocks.push_back(clock_in(clocks.size() + 1, r.adam));
        return clocks;
    }
    static std::vector<float> block(const std::vector<float>& all, std::size_t m) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(m * kStride);
        return {begin, begin + kStride};
    }

    /// Act: void(const ModelStream&, float* memory, const Schedule&, const NoiseStream&), which works in a model's
    /// memory of kStride floats.
    template <typename Act>
    void expect_as_alone(Act act) {
        const DeviceArray<ModelRecipe> recipes(recipes_);
        const DeviceArray<StepCounter> clock(clocks());
        const DeviceArray<float> memory(start_);
        act(ModelStream(stream_, {kModels, kStride, recipes.data()}), memory.data(),
            Schedule{Adam{}, kOrder, clock.data()}, NoiseStream{{}, 0, 0, 3, 4});
        const std::vector<float> found = memory.values();
        for (std::size_t m = 0; m < kModels; ++m) {
            const ModelRecipe& r = recipes_[m];
            const DeviceArray<float> alone(block(start_, m));
            Order order = kOrder;
            order.seed = r.seed;
            act(stream_, alone.data(), Schedule{r.adam, order, clock.data() + m},
                NoiseStream{r.noise, r.seed, 0, 3, 4});
            EXPECT_EQ(block(found, m), alone.values()) << "model " << m;
            EXPECT_NE(block(found, m), block(start_, m)) << "nothing was done for model " << m;
        }
    }

    static Matrix<float> matrix(float* at) { return {at, kRows, kCols}; }
    static Vector<float> vector(float* at) { return {at, kCols}; }
};

TEST_F(Models, HaveClocksOfTheirOwn) {
    const DeviceArray<ModelRecipe> recipes(recipes_);
    const std::vector<StepCounter> fresh(kModels);
    const DeviceArray<StepCounter> found(fresh), alone(fresh);
    for (int step = 0; step < 2; ++step)
        tick({stream_, {kModels, kStride, recipes.data()}}, Schedule{Adam{}, kOrder, found.data()});
    const std::vector<StepCounter> values = found.values();
    for (std::size_t m = 0; m < kModels; ++m) {
        EXPECT_EQ(values[m].step, 2u);
        for (int step = 0; step < 2; ++step) tick(stream_, Schedule{recipes_[m].adam, kOrder, alone.data() + m});
        EXPECT_EQ(values[m].step_size, alone.values()[m].step_size);
        EXPECT_NEAR(values[m].step_size, clock_in(2, recipes_[m].adam).step_size, 1e-12);
    }
}

TEST_F(Models, TakeImagesInOrdersOfTheirOwn) {
    std::vector<std::uint8_t> bytes;
    std::vector<float> numbers;
    for (std::size_t i = 0; i < kImages * kCols; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(i));
        numbers.push_back(static_cast<float>(i) + 0.5f);
    }
    const DeviceArray<std::uint8_t> as_bytes(bytes);
    const DeviceArray<float> as_numbers(numbers);
    for (const StagedImages& images : {StagedImages(as_bytes.data()), StagedImages(as_numbers.data())}) {
        expect_as_alone([&](const ModelStream& on, float* at, const Schedule& schedule, const NoiseStream&) {
            gather(on, matrix(at), images, schedule);
            gather_next(on, matrix(at + kSize), images, schedule);
            fetch(on, matrix(at + 2 * kSize), images, 3);
        });
    }
}

TEST_F(Models, HaveNoiseOfTheirOwn) {
    expect_as_alone([&](const ModelStream& on, float* at, const Schedule& schedule, const NoiseStream& noise) {
        corrupt(on, matrix(at), matrix(at + kSize), noise, schedule);
        corrupt(on, matrix(at + 2 * kSize), matrix(at + kSize), noise, 3);
    });
}

TEST_F(Models, AddBiasesOfTheirOwn) {
    for (const Activation f : {Activation::relu, Activation::linear, Activation::tanh})
        expect_as_alone([&](const ModelStream& on, float* at, const Schedule&, const NoiseStream&) {
            bias_activation(on, matrix(at), vector(at + kSize), f);
            bias_sigmoid(on, matrix(at + 2 * kSize), vector(at + kSize));
        });
}

TEST_F(Models, HaveLossesOfTheirOwn) {
    for (const std::ptrdiff_t offset : {0, 1})  // of which 1 forbids packs of four
        expect_as_alone([&](const ModelStream& on, float* at, const Schedule& schedule, const NoiseStream&) {
            at += offset;
            float *x = at + 2 * kSize, *losses = x + kSize + kCols;
            bce(on, matrix(at), losses, vector(x + kSize), matrix(x), kRows, schedule);
            mse(on, matrix(at + kSize), losses + kImages, vector(x + kSize), matrix(x), kRows, schedule);
            score(on, losses + 2 * kImages, losses + 2 * kImages + kRows, matrix(at), vector(x + kSize), matrix(x),
                  Loss::bce);
            score(on, losses + 3 * kImages, losses + 3 * kImages + kRows, matrix(at), vector(x + kSize), matrix(x),
                  Loss::mse);
        });
}

TEST_F(Models, HaveGradientsOfTheirOwn) {
    for (const Activation f : {Activation::relu, Activation::linear, Activation::tanh})
        expect_as_alone([&](const ModelStream& on, float* at, const Schedule&, const NoiseStream&) {
            activation_grad(on, matrix(at), vector(at + 2 * kSize), matrix(at + kSize), f);
            sum_rows(on, vector(at + 2 * kSize + kCols), matrix(at + kSize));
        });
}

TEST_F(Models, LearnAtRatesOfTheirOwn) {
    for (const int size : {kSize, kSize - 1})  // of which one is no multiple of four
        expect_as_alone([&](const ModelStream& on, float* at, const Schedule& schedule, const NoiseStream&) {
            const auto part = [&](int i) { return Vector<float>{at + i * kSize, size}; };
            adam(on, part(0), part(1), part(2), part(3), schedule);
        });
}

TEST_F(Models, HaveMeansOfTheirOwn) {
    constexpr int kSlots = 2;
    const DeviceArray<ModelRecipe> recipes(recipes_);
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(kModels, {.step = 6}));  // two epochs have ended
    const DeviceArray<float> memory(start_);
    const ModelStream on(stream_, {kModels, kStride, recipes.data()});
    const EpochScores scores{memory.data(), memory.data() + 20, memory.data() + 40, 20, 20};
    const DeviceArray<EpochResult> now(kModels), kept(kModels * kSlots);
    means(on, now.data(), scores);
    means(on, kept.data(), kSlots, scores, Schedule{Adam{}, kOrder, clock.data()});
    for (std::size_t m = 0; m < kModels; ++m) {
        const DeviceArray<float> alone(block(start_, m));
        const DeviceArray<EpochResult> to(1);
        means(stream_, to.data(), {alone.data(), alone.data() + 20, alone.data() + 40, 20, 20});
        const EpochResult expected = to.values()[0];
        for (const EpochResult& found : {now.values()[m], kept.values()[m * kSlots + 1]}) {
            EXPECT_EQ(found.loss, expected.loss);
            EXPECT_EQ(found.validation.bce, expected.validation.bce);
            EXPECT_EQ(found.validation.mse, expected.validation.mse);
        }
        EXPECT_TRUE(std::isnan(kept.values()[m * kSlots].loss)) << "the place of another epoch";
    }
}

}  // namespace
}  // namespace ae::models_test
