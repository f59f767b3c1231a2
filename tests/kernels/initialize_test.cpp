// initialize: the weights of the host, wherever they are made.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

class Initialize : public OnDevice, public testing::WithParamInterface<std::size_t> {};

TEST_P(Initialize, GivesTheBitsOfTheHost) {
    const auto glorot = Glorot::of(42, 784, 128, 1000);
    const DeviceArray<float> w(GetParam());
    initialize(stream_, w.vector(), glorot);
    const std::vector<float> found = w.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], glorot(i)) << i;
}

INSTANTIATE_TEST_SUITE_P(Sizes, Initialize, testing::Values(0, 1, 31, 257, 1000, 60000));

}  // namespace
}  // namespace ae::test
