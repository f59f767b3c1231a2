// tick: the clock on the device against the clock on the host.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

using Tick = OnDevice;

TEST_F(Tick, CountsAndDerivesTheStepSize) {
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, Order{}, clock.data()};
    StepCounter expected;
    for (int step = 1; step <= 300; ++step) {
        tick(stream_, schedule);
        tick(expected, schedule.adam);
    }
    const StepCounter found = clock.values()[0];
    EXPECT_EQ(found.step, 300u);
    EXPECT_EQ(found.beta1_power, expected.beta1_power);  // products are the same on every processor
    EXPECT_EQ(found.beta2_power, expected.beta2_power);
    EXPECT_NEAR(found.step_size, expected.step_size, 1e-14 * expected.step_size);
    EXPECT_NEAR(found.step_size, 1e-3 * std::sqrt(1 - std::pow(0.999, 300)) / (1 - std::pow(0.9, 300)), 1e-15);
}

}  // namespace
}  // namespace ae::test
