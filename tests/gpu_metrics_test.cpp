// initialize and mean.
#include "device.h"
#include "verbs.h"

namespace ae::test {
namespace {

class Metrics : public OnDevice, public testing::WithParamInterface<std::size_t> {};

TEST_P(Metrics, InitializeGivesTheBitsOfTheHost) {
    const auto glorot = Glorot::of(42, 784, 128, 1000);
    const DeviceArray<float> w(GetParam());
    initialize(stream_, w.vector(), glorot);
    const std::vector<float> found = w.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], glorot(i)) << i;
}

TEST_P(Metrics, MeanIsExactAndTheSameEveryTime) {
    const std::vector<float> numbers = exact_values(GetParam(), 5);
    double sum = 0;
    for (const float value : numbers) sum += static_cast<double>(value);
    const DeviceArray<float> values(numbers);
    const double found = mean(stream_, values.data(), numbers.size());
    EXPECT_EQ(found, numbers.empty() ? 0 : sum / static_cast<double>(numbers.size()));
    EXPECT_EQ(found, mean(stream_, values.data(), numbers.size()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, Metrics, testing::Values(0, 1, 31, 257, 1000, 60000));

}  // namespace
}  // namespace ae::test
