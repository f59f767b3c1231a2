// The engine `fused` in the emulator: the cases of the one that ships with a small network, failing calls, older GPUs.
#include <gmock/gmock.h>

#include "ae/error.h"
#include "control.h"
#include "engine/gpu.h"
#include "fused_cases.h"
#include "fused_gradients.h"
#include "small_fused_engine.h"

namespace ae::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const auto kSmall = testing::Values(FusedInstance{Shape({40, 32, 16, 32, 40}), 5, 8, 32, 9, make_small_fused_engine});

INSTANTIATE_TEST_SUITE_P(Small, FusedEngine, kSmall);
INSTANTIATE_TEST_SUITE_P(Small, FusedAgainstCpu, kSmall);

class EmulatedFusedEngine : public testing::Test {
protected:
    Dataset data_ = random_dataset(5, 2, 5, 8);
    Settings settings_{Shape({40, 32, 16, 32, 40}), 3, Adam{}, 42};

    void SetUp() override { emulator::control() = {}; }
    void TearDown() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
        (void)cudaGetLastError();
    }

    /// What six steps say when a call of CUDA or cuBLAS fails; empty where there are fewer calls.
    std::string error_where_fails(long call) const {
        emulator::control() = {.fail_at = call};
        try {
            const auto engine = make_small_fused_engine(settings_, {}, data_);
            engine->run(6);
            (void)engine->state();
        } catch (const GpuError& e) {
            return e.what();
        }
        EXPECT_LT(emulator::control().calls, call) << "a failure was not reported";
        return "";
    }
};

TEST_F(EmulatedFusedEngine, EveryFailureIsReportedAndNothingLeaks) {
    long call = 1;
    for (std::string error; !(error = error_where_fails(call)).empty(); ++call) {
        ASSERT_THAT(error, StartsWith("GPU: ")) << call;
        ASSERT_EQ(emulator::live(), emulator::Live()) << "leak after the failure of call " << call;
    }
    EXPECT_GT(call, 80);
}

TEST_F(EmulatedFusedEngine, AStepThatIsRecordedIsOneCall) {
    const auto engine = make_small_fused_engine(settings_, {}, data_);
    for (int run = 0; run < 4; ++run) engine->run(7);  // both sizes as first steps too, twice: all has been recorded
    const long before = emulator::control().calls;
    engine->run(100);
    EXPECT_EQ(emulator::control().calls - before, 100 + 2);  // the last updates, and one to wait for the end
}

TEST_F(EmulatedFusedEngine, AFailedRunLeavesNothingBehind) {
    const auto engine = make_small_fused_engine(settings_, {}, data_),
               other = make_small_fused_engine(settings_, {}, data_);
    const State start = engine->state();
    emulator::control().fail_at = emulator::control().calls + 6;  // in the second step
    EXPECT_THROW(engine->run(3), GpuError);
    emulator::control() = {};
    engine->set_state(start);
    engine->run(3);
    other->run(3);
    EXPECT_EQ(engine->state().parameters, other->state().parameters);
}

TEST_F(EmulatedFusedEngine, IsProfiledKernelByKernelWithTheSameBits) {
    settings_.batch_size = 4;
    const auto engine = make_small_fused_engine(settings_, {}, random_dataset(40, 2, 5, 8)),
               other = make_small_fused_engine(settings_, {}, random_dataset(40, 2, 5, 8));
    const std::vector<StepVerb> kernels = engine->profile(7);
    other->run(7);
    EXPECT_EQ(engine->state().parameters, other->state().parameters);
    ASSERT_EQ(kernels.size(), 4u);
    double flops = 0;
    for (const StepVerb& kernel : kernels) {
        flops += kernel.flops;
        EXPECT_GT(kernel.bytes, 0) << kernel.verb;
        EXPECT_NE(kernel.shape.find("blocks"), std::string::npos) << kernel.verb;
    }
    EXPECT_DOUBLE_EQ(flops, settings_.shape.flops_per_image() * settings_.batch_size);
    EXPECT_DOUBLE_EQ(kernels[0].tensor_flops, 2 * 2 * 2.0 * 4 * 40 * 32 + 3 * 2 * 2.0 * 4 * 32 * 16);
}

/// sm_75 has 64 KB of shared memory a block and no tensor cores of the kind: another cut of the same step.
class FusedOnSm75AgainstCpu : public FusedGradientsAgainstCpu {
protected:
    void SetUp() override {
        emulator::control() = {};
        emulator::control().capability = 7;
        FusedGradientsAgainstCpu::SetUp();
    }
    void TearDown() override { emulator::control() = {}; }
};

TEST_F(FusedOnSm75AgainstCpu, GradientsAreRightForAFullBatch) {
    expect_right(somewhat_trained(0));
}

TEST_F(FusedOnSm75AgainstCpu, GradientsAreRightForWhatIsLeftOfAnEpoch) {
    expect_right(somewhat_trained(1));
}

}  // namespace
}  // namespace ae::test
