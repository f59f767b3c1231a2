// adam against the same formula in double.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

struct AdamCase {
    std::size_t size, offset;
};

class AdamKernel : public OnDevice, public testing::WithParamInterface<AdamCase> {};

/// Three steps of Adam in double.
void train_in_double(std::vector<double>& w, std::vector<double>& m, std::vector<double>& v,
                     const std::vector<float>& g) {
    StepCounter clock;
    for (int step = 0; step < 3; ++step) {
        tick(clock, Adam{});
        const auto c = AdamCoefficients<double>::of(Adam{}, clock);
        for (std::size_t i = 0; i < w.size(); ++i) adam(w[i], m[i], v[i], static_cast<double>(g[i]), c);
    }
}

TEST_P(AdamKernel, EqualsDoubleAfterThreeSteps) {
    const auto [size, offset] = GetParam();
    const std::vector<float> start = exact_values(size, 1), gradient = exact_values(size, 2), zeros(size);
    const DeviceArray<float> w(start, offset), m(zeros, offset), v(zeros, offset), g(gradient, offset);
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, Order{}, clock.data()};
    for (int step = 0; step < 3; ++step) {
        tick(stream_, schedule);
        adam(stream_, w.vector(), m.vector(), v.vector(), g.vector(), schedule);
    }

    std::vector<double> expected_w(start.begin(), start.end()), expected_m(size), expected_v(size);
    train_in_double(expected_w, expected_m, expected_v, gradient);
    const std::vector<float> found_w = w.values(), found_m = m.values(), found_v = v.values();
    for (std::size_t i = 0; i < size; ++i) {
        ASSERT_NEAR(found_m[i], expected_m[i], 4 * 0x1p-24 * std::abs(expected_m[i])) << i;
        ASSERT_NEAR(found_v[i], expected_v[i], 4 * 0x1p-24 * expected_v[i]) << i;
        ASSERT_NEAR(found_w[i], expected_w[i], 4 * 0x1p-24 * std::abs(expected_w[i]) + 3e-9) << i;
        ASSERT_TRUE(gradient[i] == 0 || found_w[i] != start[i]) << i << " was left out";
    }
    EXPECT_EQ(g.values(), gradient);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AdamKernel,
                         testing::Values(AdamCase{1, 0}, AdamCase{3, 0}, AdamCase{4, 0}, AdamCase{5, 0},
                                         AdamCase{255, 1}, AdamCase{256, 0}, AdamCase{1023, 0}, AdamCase{1024, 0},
                                         AdamCase{1025, 0}, AdamCase{1026, 2}, AdamCase{2051, 0}));

}  // namespace
}  // namespace ae::test
