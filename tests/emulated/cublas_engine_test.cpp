// Tests of the engines cublas and cublaslt that only the emulator can run: every call that fails, memory that runs out,
// calls counted.
#include <gmock/gmock.h>

#include "ae/engine.h"
#include "ae/error.h"
#include "compare.h"
#include "control.h"

namespace ae::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

class EmulatedCublasEngine : public testing::TestWithParam<const char*> {
protected:
    Dataset data_ = random_dataset(3, 2, 2, 2);
    Settings settings_{Shape({4, 3, 2, 3, 4}), 2, Adam{}, 42};  // two steps an epoch, the second of one image

    void SetUp() override { emulator::control() = {}; }
    void TearDown() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
        (void)cudaGetLastError();
    }

    std::unique_ptr<Engine> make() const { return make_engine(GetParam(), settings_, {.autotune = false}, data_); }

    /// Everything that an engine does, with both sizes of step run, recorded and replayed.
    void use_everything() const {
        const auto engine = make();
        (void)engine->device();
        engine->run(6);
        (void)engine->run_epochs(3);
        (void)engine->epoch_loss();
        (void)engine->validate();
        engine->set_state(engine->state());
        const std::vector<float> images = data_.test.floats(0, 1);
        (void)engine->network().reconstruct(images);
        (void)engine->network().score(images);
        (void)engine->network().decode(engine->network().encode(images));
    }

    /// What use_everything() says when a call of CUDA or cuBLAS fails; empty where there are fewer calls.
    std::string error_where_fails(long call, bool keep_failing) const {
        emulator::control() = {.fail_at = call, .keep_failing = keep_failing};
        try {
            use_everything();
        } catch (const GpuError& e) {
            return e.what();
        }
        EXPECT_LT(emulator::control().calls, call) << "a failure was not reported";
        return "";
    }
};

TEST_P(EmulatedCublasEngine, EveryFailureIsReportedAndNothingLeaks) {
    for (const bool keep_failing : {false, true}) {
        long call = 1;
        for (std::string error; !(error = error_where_fails(call, keep_failing)).empty(); ++call) {
            ASSERT_THAT(error, AnyOf(StartsWith("GPU: "), StartsWith("engine cublas"))) << call;
            ASSERT_EQ(emulator::live(), emulator::Live()) << "leak after the failure of call " << call;
        }
        EXPECT_GT(call, 150);
    }
}

TEST_P(EmulatedCublasEngine, EightStepsThatAreRecordedAreOneCall) {
    const auto engine = make();
    for (int run = 0; run < 2; ++run) engine->run(100);  // first run and recording of all kinds of steps
    const long before = emulator::control().calls;
    engine->run(100);
    EXPECT_EQ(emulator::control().calls - before, 12 + 4 + 1);  // and one to wait for the end: nothing crosses the bus
}

TEST_P(EmulatedCublasEngine, AnEpochThatIsRecordedIsOneCall) {
    const auto engine = make_engine(GetParam(), settings_, {.epoch_graph = true, .autotune = false}, data_);
    (void)engine->run_epochs(2);  // first run and recording
    const long before = emulator::control().calls;
    const std::vector<EpochResult> results = engine->run_epochs(50);
    EXPECT_EQ(emulator::control().calls - before, 50 + 2);  // and one to fetch the results, one to wait for them
    EXPECT_EQ(results.back().validation.bce, engine->validate().bce);
}

TEST_P(EmulatedCublasEngine, KernelsThatDoNothingAreAnError) {
    const auto engine = make();
    emulator::control().idle_kernels = true;
    try {
        engine->run(1);
        ADD_FAILURE() << "a quiet run";
    } catch (const GpuError& e) {
        EXPECT_THAT(e.what(), AllOf(HasSubstr("step 1 was run, and the clock on the device stands at step 0"),
                                    HasSubstr("did nothing")));
    }
}

/// Verbs that work in place too are repeated to be timed, beside the stream or in it.
TEST_P(EmulatedCublasEngine, IsProfiledVerbByVerbOnTheDevicesClockWithTheSameBits) {
    const auto engine = make(), other = make();
    emulator::control().kernel_ms = 1000;
    const std::vector<StepVerb> verbs = engine->profile(3).verbs;
    other->run(3);
    EXPECT_EQ(engine->state().parameters, other->state().parameters);
    EXPECT_EQ(engine->state().losses, other->state().losses);
    for (const StepVerb& verb : verbs) {
        if (verb.verb == "tick" || verb.verb == "adam") {
            EXPECT_NEAR(verb.seconds, 1, 0.5) << verb.verb;
        }
    }
}

/// The way forward and back through four layers, and the first layer's gradient and update: neither the counting of the
/// step nor the gathering of its images is waited for.
TEST_P(EmulatedCublasEngine, TheLongestChainOfAStepHasOnlyWhatFollowsFromOneAnother) {
    data_ = random_dataset(12, 2, 2, 2);
    settings_.shape = Shape({4, 20, 8, 20, 4});
    const StepLaunches launches = make()->profile(3).launches;
    if (std::string(GetParam()) == "cublas") {
        EXPECT_EQ(launches.kernels, 25);
        EXPECT_EQ(launches.longest_chain, 16);
    } else {
        EXPECT_EQ(launches.kernels, 18);
        EXPECT_EQ(launches.longest_chain, 11) << "the last gradient waits for the one before it on its stream";
    }
}

TEST_P(EmulatedCublasEngine, TooLittleMemoryIsExplained) {
    emulator::control().memory_bytes = 6 << 20;
    settings_.shape = Shape({4, 1000, 4});
    try {
        (void)make();
        ADD_FAILURE() << "40 MB fitted into 6 MiB";
    } catch (const GpuError& e) {
        EXPECT_THAT(e.what(), AllOf(HasSubstr("needed"), HasSubstr("free of 6 MiB"), HasSubstr("--batch-size")));
    }
}

INSTANTIATE_TEST_SUITE_P(Both, EmulatedCublasEngine, testing::Values("cublas", "cublaslt"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace ae::test
