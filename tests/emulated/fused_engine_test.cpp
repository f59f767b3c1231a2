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

using testing::AllOf;
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

TEST_F(EmulatedFusedEngine, StepsThatAreRecordedAreOneCall) {
    const auto engine = make_small_fused_engine(settings_, {}, data_);
    for (int run = 0; run < 4; ++run)  // both sizes as first steps too, twice: all has been recorded
        for (const std::uint64_t steps : {7, 31, 1}) engine->run(steps);
    for (const auto& [steps, calls] : {std::pair(7, 7), std::pair(8, 1), std::pair(99, 12 + 3)}) {
        const long before = emulator::control().calls;
        engine->run(static_cast<std::uint64_t>(steps));
        EXPECT_EQ(emulator::control().calls - before, calls + 2);  // the last updates, and one to wait for the end
    }
}

TEST_F(EmulatedFusedEngine, RecordedStepsHaveTheBitsOfSingleOnes) {
    const Dataset data = random_dataset(3 * 21 + 2, 2, 5, 8);
    const auto recorded = make_small_fused_engine(settings_, {.graph = true}, data),
               single = make_small_fused_engine(settings_, {.graph = false}, data);
    for (const int epochs : {1, 2}) {
        (void)recorded->run_epochs(epochs);
        (void)single->run_epochs(epochs);
        EXPECT_EQ(recorded->state().parameters, single->state().parameters);
        EXPECT_EQ(recorded->state().losses, single->state().losses);
    }
}

TEST_F(EmulatedFusedEngine, KernelsOverlapOnlyWhereTheLoadedCodeWaits) {
    for (const auto& [ptx_version, overlap] : {std::pair(80, false), std::pair(90, true)}) {
        emulator::control() = {.capability = 9, .ptx_version = ptx_version};
        make_small_fused_engine(settings_, {}, data_)->run(2);
        EXPECT_EQ(emulator::control().overlapping_launches > 0, overlap) << ptx_version;
    }
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
    const std::vector<StepVerb> kernels = engine->profile(2).verbs;
    other->run(2);
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

TEST_F(EmulatedFusedEngine, AStepIsAChainOfFourKernels) {
    settings_.batch_size = 4;
    const auto engine = make_small_fused_engine(settings_, {}, random_dataset(40, 2, 5, 8));
    const StepLaunches launches = engine->profile(3).launches;
    EXPECT_EQ(launches.kernels, 4);
    EXPECT_EQ(launches.longest_chain, 4);
}

TEST_F(EmulatedFusedEngine, ItsKernelsAreTimedByTheDevicesClock) {
    const auto engine = make_small_fused_engine(settings_, {}, data_);
    emulator::control().kernel_ms = 1000;
    for (const StepVerb& kernel : engine->profile(1).verbs) {
        EXPECT_GE(kernel.seconds, 1) << kernel.verb;
        EXPECT_LT(kernel.seconds, 2.5) << kernel.verb << ", the first with the kernel that gathers";
    }
}

TEST_F(EmulatedFusedEngine, AsksForAllSharedMemoryOnAllKernels) {
    emulator::functions().clear();
    (void)make_small_fused_engine(settings_, {}, data_);
    EXPECT_EQ(emulator::functions().size(), 7u) << "K1 has three forms, and one gathers";
    for (const auto& [kernel, settings] : emulator::functions()) EXPECT_EQ(settings.carveout, 100);
}

TEST_F(EmulatedFusedEngine, KernelsThatDoNothingAreAnError) {
    for (const bool whole_epoch : {false, true}) {
        const auto engine = make_small_fused_engine(settings_, {}, data_);
        emulator::control().idle_kernels = true;
        try {
            whole_epoch ? (void)engine->run_epochs(1) : engine->run(3);
            ADD_FAILURE() << "a quiet run";
        } catch (const GpuError& e) {
            EXPECT_THAT(e.what(), AllOf(HasSubstr("stands at step 0"), HasSubstr("sm_75"), HasSubstr("build again")));
        }
        emulator::control() = {};
    }
}

/// The most shared memory that a kernel of the network that ships asks for, by the PTX that its code comes from.
std::size_t shared_bytes_for(int ptx_version) {
    emulator::control() = {.capability = 9, .ptx_version = ptx_version};
    emulator::functions().clear();
    (void)make_fused_engine({Shape(), 256, Adam{}, 42}, {}, random_dataset(256, 1, 28, 28));
    std::size_t most = 0;
    for (const auto& [kernel, settings] : emulator::functions()) most = std::max(most, settings.shared_bytes);
    return most;
}

TEST_F(EmulatedFusedEngine, TakesTheCutThatTheLoadedCodeHasWhateverTheDevice) {
    EXPECT_GT(shared_bytes_for(90), std::size_t(64 << 10));
    EXPECT_GT(shared_bytes_for(80), std::size_t(64 << 10));
    EXPECT_LE(shared_bytes_for(75), std::size_t(64 << 10)) << "empty kernels would train nothing";
}

/// sm_75 has 64 KB of shared memory a block and no tensor cores of the kind: another cut of the same step.
class FusedOnSm75AgainstCpu : public FusedGradientsAgainstCpu {
protected:
    void SetUp() override {
        emulator::control() = {};
        emulator::control().capability = 7;
        emulator::control().ptx_version = 75;
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
