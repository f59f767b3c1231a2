// corrupt: the same bits as the function that every engine shares.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

class Corrupt : public OnDevice, public testing::WithParamInterface<Noise> {
protected:
    static constexpr int kImages = 5, kHeight = 6, kWidth = 7, kPixels = kHeight * kWidth;

    NoiseStream noise_{GetParam(), 11, 0, kHeight, kWidth};
    std::vector<float> clean_ = [] {
        std::vector<float> x(kImages * kPixels);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 64) / 64;
        return x;
    }();

    void expect_noise(const std::vector<float>& found, std::uint64_t stream, std::uint32_t first) const {
        NoiseStream noise = noise_;
        noise.stream = stream;
        for (int i = 0; i < kImages * kPixels; ++i) {
            const int pixel = i % kPixels;
            const float expected =
                noise.image(first + static_cast<std::uint32_t>(i / kPixels))
                    .corrupt(clean_[static_cast<std::size_t>(i)], pixel / kWidth, pixel % kWidth, kWidth);
            ASSERT_EQ(found[static_cast<std::size_t>(i)], expected) << i;
        }
    }
};

TEST_P(Corrupt, DrawsTheNoiseOfTheStep) {
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, Order{42, kImages, kImages}, clock.data()};
    const DeviceArray<float> x(clean_);
    for (std::uint64_t step = 1; step <= 2; ++step) {
        tick(stream_, schedule);
        const DeviceArray<float> noisy(clean_.size());
        corrupt(stream_, noisy.matrix(kImages, kPixels), x.matrix(kImages, kPixels), noise_, schedule);
        expect_noise(noisy.values(), step, 0);
    }
    EXPECT_EQ(x.values(), clean_);
}

TEST_P(Corrupt, NumbersTheRowsOfARankByTheWholeBatch) {
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, Order{42, 3 * kImages, 3 * kImages, 1, 3}, clock.data()};
    const DeviceArray<float> x(clean_), noisy(clean_.size());
    tick(stream_, schedule);
    corrupt(stream_, noisy.matrix(kImages, kPixels), x.matrix(kImages, kPixels), noise_, schedule);
    expect_noise(noisy.values(), 1, kImages);
}

TEST_P(Corrupt, DrawsTheNoiseThatAnImageOfASetAlwaysHas) {
    const DeviceArray<float> x(clean_), noisy(clean_.size());
    corrupt(stream_, noisy.matrix(kImages, kPixels), x.matrix(kImages, kPixels), noise_, 3);
    expect_noise(noisy.values(), 0, 3);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Corrupt,
                         testing::Values(Noise{NoiseKind::gaussian, 0.3f, 0.3f}, Noise{NoiseKind::gaussian, 0, 0.6f},
                                         Noise{NoiseKind::salt_pepper, 0.2f, 0.2f}, Noise{NoiseKind::mask, 0.4f, 0.4f},
                                         Noise{NoiseKind::block, 3, 3}));

}  // namespace
}  // namespace ae::test
