// NCCL's functions fail, or the program does: what was taken is given back, and the communicator is not waited for.
#include "ranks/nccl_sum.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "control.h"
#include "nccl.h"

namespace ae::test {
namespace nccl_sum_test {
namespace {

class EmulatedNcclSum : public testing::Test {
protected:
    EmulatedNcclSum() {
        emulator::control() = {};
        emulator::nccl_counts() = {};
    }
    ~EmulatedNcclSum() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
        (void)cudaGetLastError();
    }

    const std::unique_ptr<Group> alone_ = join_group();
};

TEST_F(EmulatedNcclSum, EveryFailureIsReportedAndNothingLeaks) {
    long call = 1;
    for (bool fails = true; fails; ++call) {
        emulator::control() = {.fail_at = call};
        fails = false;
        try {
            NcclSum sum(*alone_);
            const Stream stream = make_stream();
            sum.add(stream, sum.allocate(10), 10);
        } catch (const GpuError& error) {
            EXPECT_THAT(error.what(), testing::StartsWith("GPU: "));
            fails = true;
        }
        EXPECT_EQ(emulator::live(), emulator::Live()) << call;
        EXPECT_TRUE(fails || emulator::control().calls < call) << "a failure was not reported";
    }
    EXPECT_GT(call, 10);
}

TEST_F(EmulatedNcclSum, IsAbortedWhereTheProgramFails) {
    try {
        NcclSum sum(*alone_);
        throw std::runtime_error("a rank fails");
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(emulator::nccl_counts().aborted, 1);
}

}  // namespace
}  // namespace nccl_sum_test
}  // namespace ae::test
