// Sums over ranks, for one rank alone: with a GPU and NCCL this is as far as a machine with one GPU goes.
#include "device.h"
#include "ranks/host_sum.h"
#include "ranks/nccl_sum.h"

namespace ae::test {
namespace ranks_test {
namespace {

class RankSums : public OnDevice {
protected:
    const std::unique_ptr<Group> alone_ = join_group();
};

TEST_F(RankSums, OfOneRankAreItsValuesInARecordingToo) {
    if (const std::string why = why_no_nccl(); !why.empty()) GTEST_SKIP() << "no usable GPU: " << why;
    NcclSum sum(*alone_);
    const std::vector<float> values = exact_values(1000, 1);
    float* const memory = sum.allocate(values.size());
    copy(memory, values.data(), values.size(), stream_);
    const auto add = [&] { sum.add(stream_, memory, values.size()); };
    add();
    const Graph graph = capture(stream_, add);
    graph.launch(stream_);
    graph.launch(stream_);
    std::vector<float> sums(values.size());
    copy(sums.data(), memory, sums.size(), stream_);
    check(cudaStreamSynchronize(stream_));
    EXPECT_EQ(sums, values);
}

TEST_F(RankSums, ByWayOfTheHostAreOfAnyLength) {
    HostSum sum(*alone_, "a test");
    const std::vector<float> values = exact_values((1 << 18) + 5, 2);  // more than a block
    const DeviceArray<float> memory(values);
    sum.add(stream_, memory.data(), values.size());
    EXPECT_EQ(memory.values(), values);
    EXPECT_FALSE(sum.can_be_recorded());
}

}  // namespace
}  // namespace ranks_test
}  // namespace ae::test
