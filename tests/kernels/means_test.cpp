// means: exact, the same every time, and in the place of the epoch that has ended.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

using Counts = std::pair<std::uint32_t, std::uint32_t>;  // of training and of validation images

class Means : public OnDevice, public testing::WithParamInterface<Counts> {
protected:
    std::vector<float> losses_ = exact_values(GetParam().first, 5), bce_ = exact_values(GetParam().second, 6),
                       mse_ = exact_values(GetParam().second, 7);

    static double mean(const std::vector<float>& values) {
        double sum = 0;
        for (const float value : values) sum += static_cast<double>(value);
        return values.empty() ? 0 : sum / static_cast<double>(values.size());
    }
    void expect_means(const EpochResult& found) const {
        EXPECT_EQ(found.loss, mean(losses_));
        EXPECT_EQ(found.validation.bce, mean(bce_));
        EXPECT_EQ(found.validation.mse, mean(mse_));
    }
};

TEST_P(Means, AreExact) {
    const DeviceArray<float> losses(losses_), bce(bce_), mse(mse_);
    const DeviceArray<EpochResult> to(1);
    means(stream_, to.data(), {losses.data(), bce.data(), mse.data(), GetParam().first, GetParam().second});
    expect_means(to.values().front());
}

TEST_P(Means, AreLeftInThePlaceOfTheEpoch) {
    constexpr int kSlots = 3;
    const DeviceArray<float> losses(losses_), bce(bce_), mse(mse_);
    const EpochScores scores{losses.data(), bce.data(), mse.data(), GetParam().first, GetParam().second};
    const Order order{42, 10, 4};  // three steps an epoch
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, order, clock.data()};
    for (std::size_t epoch = 0; epoch < 5; ++epoch) {
        for (int step = 0; step < 3; ++step) tick(stream_, schedule);
        const DeviceArray<EpochResult> results(kSlots);
        means(stream_, results.data(), kSlots, scores, schedule);
        const std::vector<EpochResult> found = results.values();
        for (std::size_t slot = 0; slot < kSlots; ++slot) {
            if (slot == epoch % kSlots)
                expect_means(found[slot]);
            else
                EXPECT_TRUE(std::isnan(found[slot].loss)) << "epoch " << epoch << " wrote to " << slot;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Means,
                         testing::Values(Counts{0, 0}, Counts{1, 0}, Counts{0, 1}, Counts{31, 33}, Counts{1023, 1025},
                                         Counts{60000, 10000}));

}  // namespace
}  // namespace ae::test
