// Machines without a usable GPU: one line that says why, and what to do.
#include "engine/gpu.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "compare.h"
#include "control.h"
#include "engine/engine_choice.h"
#include "temporary_folder.h"

namespace ae::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Gpu : public testing::Test {
protected:
    void SetUp() override { emulator::control() = {}; }
    void TearDown() override {
        EXPECT_EQ(cudaGetLastError(), cudaSuccess) << "an error was left for the next call";
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
    }

    static std::string refusal() {
        try {
            (void)make_engine("cublas", {Shape({4, 2, 4}), 2, Adam{}, 1}, {}, random_dataset(4, 2, 2, 2));
        } catch (const GpuError& e) {
            return e.what();
        }
        return "made";
    }
};

TEST_F(Gpu, IsFound) {
    EXPECT_EQ(why_no_gpu(), "");
    EXPECT_EQ(refusal(), "made");
}

TEST_F(Gpu, IsBegunInSilenceWhateverThereIs) {
    for (const int devices : {1, 0}) {
        emulator::control() = {.devices = devices};
        EXPECT_NO_THROW(begin_gpu_start());
    }
    emulator::control() = {.driver_version = 0};
    EXPECT_NO_THROW(begin_gpu_start());
}

TEST_F(Gpu, ItsPeaksFollowFromItsAttributes) {
    const Peaks peaks = gpu_peaks();
    EXPECT_DOUBLE_EQ(peaks.bytes_per_s, 2 * 1e9 * 512 / 8);
    EXPECT_DOUBLE_EQ(peaks.flops, 2 * 2e9 * 64) << "one multiprocessor of sm_80";
    EXPECT_DOUBLE_EQ(peaks.tensor_flops, 2 * 2e9 * 1024);
}

TEST_F(Gpu, NoDriver) {
    emulator::control().driver_version = 0;
    EXPECT_THAT(why_no_gpu(), AllOf(HasSubstr("no NVIDIA driver"), HasSubstr("install")));
    EXPECT_EQ(refusal(), "engine cublas: " + why_no_gpu());
    EXPECT_TRUE(gpu_report().devices.empty());
}

TEST_F(Gpu, DriverTooOld) {
    emulator::control().driver_version = 12020;
    EXPECT_THAT(why_no_gpu(), AllOf(HasSubstr("12.2"), HasSubstr("13.0"), HasSubstr("update")));
    EXPECT_EQ(refusal(), "engine cublas: " + why_no_gpu());
}

TEST_F(Gpu, NoDevice) {
    emulator::control().devices = 0;
    EXPECT_THAT(why_no_gpu(), AllOf(HasSubstr("nvidia-smi"), HasSubstr("CUDA_VISIBLE_DEVICES")));
    EXPECT_EQ(refusal(), "engine cublas: " + why_no_gpu());
    EXPECT_TRUE(gpu_report().devices.empty());
}

TEST_F(Gpu, NoCodeForItsArchitecture) {
    emulator::control().has_code = false;
    EXPECT_THAT(why_no_gpu(), AllOf(HasSubstr("sm_75 sm_90"), HasSubstr("CMAKE_CUDA_ARCHITECTURES")));
    EXPECT_EQ(refusal(), "engine cublas: " + why_no_gpu());
}

TEST_F(Gpu, AutoMeansTheGpuWhereThereIsOne) {
    const Settings settings{Shape({4, 2, 4}), 2, Adam{}, 1};
    const Dataset data = random_dataset(4, 2, 2, 2);
    EXPECT_EQ(make_engine("auto", settings, {}, data)->name(), "cublas");
    emulator::control().devices = 0;
    EXPECT_EQ(make_engine("auto", settings, {}, data)->name(), "cpu");
}

TEST_F(Gpu, AutoTakesTheEngineThatWasFastest) {
    const TemporaryFolder cache;
    const Environment cache_home("XDG_CACHE_HOME", cache.path().c_str());
    const Dataset data = random_dataset(4, 2, 2, 2);
    Settings settings{Shape({4, 2, 4}), 2, Adam{}, 1};
    EXPECT_FALSE(fastest_engine(settings, {}));
    keep_fastest_engine(settings, {}, "cublaslt");
    EXPECT_EQ(make_engine("auto", settings, {}, data)->name(), "cublaslt");
    EXPECT_EQ(make_engine("auto", settings, {.math = Precision::bf16}, data)->name(), "cublas") << "another precision";
    keep_fastest_engine(settings, {}, "fused");
    EXPECT_EQ(make_engine("auto", settings, {}, data)->name(), "cublas") << "fused does not fit";
    settings.batch_size = 3;
    EXPECT_FALSE(fastest_engine(settings, {})) << "another batch size";
    emulator::control().driver_version += 10;
    settings.batch_size = 2;
    EXPECT_FALSE(fastest_engine(settings, {})) << "another driver";
    emulator::control().devices = 0;
    EXPECT_EQ(make_engine("auto", settings, {}, data)->name(), "cpu");
}

TEST_F(Gpu, IsReported) {
    emulator::control().devices = 2;
    const GpuReport report = gpu_report();
    EXPECT_THAT(report.toolkit, AllOf(StartsWith("CUDA 13.0"), HasSubstr("cuBLAS 13.")));
    EXPECT_EQ(report.architectures, "sm_75 sm_90");
    EXPECT_THAT(report.devices, ElementsAre("Emulated GPU (sm_80, 4 GiB)", "Emulated GPU (sm_80, 4 GiB)"));
}

/// Makes the last of the CUDA calls of `action` fail.
template <typename Action>
void fail_last_call(Action action) {
    emulator::control() = {};
    action();
    emulator::control() = {.fail_at = emulator::control().calls};
}

TEST_F(Gpu, TheProfilerReportsFailures) {
    fail_last_call(profiler_start);
    EXPECT_THROW(profiler_start(), GpuError);
    fail_last_call(profiler_stop);
    EXPECT_THROW(profiler_stop(), GpuError);
}

TEST_F(Gpu, TheProfilerIsLeftAloneWhereNoGpuCanBeUsed) {
    emulator::control() = {.devices = 0};
    EXPECT_NO_THROW(profiler_start());
    EXPECT_NO_THROW(profiler_stop());
}

}  // namespace
}  // namespace ae::test
