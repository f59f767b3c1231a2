// kernels/device/device.h: errors that say what to do, owners that never leak, recordings that end.
#include "device/device.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <vector>

#include "ae/error.h"
#include "device/graph_launches.h"
#include "device/side_stream.h"
#include "fresh_machine.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

using Cuda = emulator::FreshMachine;

template <typename F>
std::string error_of(F body) {
    try {
        body();
    } catch (const GpuError& e) {
        EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess) << "the error must be cleared";
        return e.what();
    }
    return "no error";
}

__global__ void add_one(float* x) {
    *x += 1;
}

// --- errors

TEST_F(Cuda, SuccessIsSilent) {
    EXPECT_EQ(error_of([] { check(cudaSuccess); }), "no error");
}

TEST_F(Cuda, AnErrorHasNameTextAndPlace) {
    const auto line = std::to_string(__LINE__ + 1);
    EXPECT_EQ(error_of([] { check(cudaErrorIllegalAddress); }),
              "GPU: cudaErrorIllegalAddress: an illegal memory access was encountered (device_test.cpp:" + line + ")");
}

TEST_F(Cuda, ALaunchReportsTheLineOfItsCaller) {
    const DeviceBuffer<float> x(1);
    const auto line = std::to_string(__LINE__ + 1);
    EXPECT_THAT(error_of([&] { launch(add_one, 0, 1, 0, nullptr, x.data()); }),
                AllOf(HasSubstr("cudaErrorInvalidConfiguration"), HasSubstr("device_test.cpp:" + line)));
}

TEST_F(Cuda, OutOfMemorySaysHowMuchAndWhatToDo) {
    emulator::control().memory_bytes = 8 << 20;
    const DeviceBuffer<char> taken(1 << 20);
    EXPECT_THAT(error_of([] { DeviceBuffer<float>(3 << 20); }),
                HasSubstr("12 MiB needed, 7 MiB free of 8 MiB; use a smaller --batch-size"));
    EXPECT_THAT(error_of([] { check(cudaErrorMemoryAllocation); }), HasSubstr("out of memory; 7 MiB free of 8 MiB"));
}

TEST_F(Cuda, OutOfMemoryIsReportedEvenWhereNothingElseWorks) {
    emulator::control() = {.fail_at = 1, .keep_failing = true, .fail_with = cudaErrorMemoryAllocation};
    EXPECT_THAT(error_of([] { DeviceBuffer<float>(1 << 20); }),
                HasSubstr("out of memory; 4 MiB needed, use a smaller --batch-size"));
}

TEST_F(Cuda, SizesBeyondTheAddressSpaceAreRefused) {
    EXPECT_THAT(error_of([] { DeviceBuffer<float>(~std::size_t(0) / 2); }), HasSubstr("more than any device has"));
}

TEST_F(Cuda, AMissingArchitectureSaysWhichAreBuiltIn) {
    EXPECT_THAT(error_of([] { check(cudaErrorNoKernelImageForDevice); }),
                AllOf(HasSubstr("this build has code for sm_75 sm_90"), HasSubstr("CMAKE_CUDA_ARCHITECTURES=native")));
}

TEST_F(Cuda, AnOldDriverSaysBothVersions) {
    emulator::control().driver_version = 12040;
    EXPECT_THAT(error_of([] { check(cudaErrorInsufficientDriver); }),
                HasSubstr("the driver supports CUDA 12.4, this build needs 13.0"));
    emulator::control().driver_version = 0;
    EXPECT_THAT(error_of([] { check(cudaErrorInsufficientDriver); }), HasSubstr("no NVIDIA driver was found"));
}

TEST_F(Cuda, NoDeviceSaysWhereToLook) {
    EXPECT_THAT(error_of([] { check(cudaErrorNoDevice); }), HasSubstr("CUDA_VISIBLE_DEVICES"));
}

// --- owners

TEST_F(Cuda, OwnersMoveAndFreeOnce) {
    DeviceBuffer<float> a(3), b(5);
    const float* memory = b.data();
    a = std::move(b);
    EXPECT_EQ(a.data(), memory);
    EXPECT_EQ(a.size(), 5u);
    EXPECT_EQ(b.data(), nullptr);  // NOLINT: a moved-from buffer is empty
    EXPECT_EQ(b.size(), 0u);
    EXPECT_EQ(emulator::live(), (emulator::Live{1, 5 * sizeof(float), 0}));

    Stream s = make_stream(), t = make_stream();
    s = std::move(t);
    EXPECT_EQ(emulator::live().handles, 1u);
    Stream& same = s;
    s = std::move(same);
    EXPECT_NE(s.get(), nullptr);
    EXPECT_EQ(DeviceBuffer<float>(0).data(), nullptr);
}

// --- recordings

TEST_F(Cuda, AnExceptionEndsTheRecording) {
    const Stream stream = make_stream();
    const DeviceBuffer<float> x(1);
    EXPECT_THROW(capture(stream,
                         [&] {
                             launch(add_one, 1, 1, 0, stream, x.data());
                             throw std::runtime_error("");
                         }),
                 std::runtime_error);
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
    check(cudaStreamIsCapturing(stream, &status));
    EXPECT_EQ(status, cudaStreamCaptureStatusNone);
}

TEST_F(Cuda, ARecordingThatWasInvalidatedIsAnError) {
    const Stream stream = make_stream();
    EXPECT_THAT(error_of([&] { capture(stream, [&] { (void)cudaStreamSynchronize(stream); }); }),
                HasSubstr("cudaErrorStreamCaptureInvalidated"));
}

TEST_F(Cuda, CountsTheKernelsOfARecordingAndTheLongestChain) {
    const Stream stream = make_stream();
    SideStream side;
    const DeviceBuffer<float> x(1), y(1);
    const auto add = [](cudaStream_t on, const DeviceBuffer<float>& to) { launch(add_one, 1, 1, 0, on, to.data()); };
    CaptureScope scope(stream);
    for (int i = 0; i < 2; ++i) add(stream, x);
    side.fork(stream, [&](cudaStream_t s) {
        for (int i = 0; i < 3; ++i) add(s, y);
    });
    check(cudaMemsetAsync(x.data(), 0, sizeof(float), stream));
    add(stream, x);
    side.join(stream);
    add(stream, y);
    const StepLaunches launches = count_launches(scope.end());
    EXPECT_EQ(launches.kernels, 7);
    EXPECT_EQ(launches.longest_chain, 6) << "two, three beside the main stream, and the last";
}

TEST_F(Cuda, ARecordingOfNothingHasNoKernels) {
    const Stream stream = make_stream();
    CaptureScope scope(stream);
    EXPECT_EQ(count_launches(scope.end()).kernels, 0);
}

TEST_F(Cuda, OnlyATimingEventTellsTheTime) {
    const Stream stream = make_stream();
    float milliseconds = 0;
    const auto time_with = [&](const Event& begin, const Event& end) {
        check(cudaEventRecord(begin, stream));
        check(cudaEventRecord(end, stream));
        check(cudaEventElapsedTime(&milliseconds, begin, end));
    };
    EXPECT_NO_THROW(time_with(make_timing_event(), make_timing_event()));
    EXPECT_THROW(time_with(make_event(), make_event()), GpuError);
}

// --- every call fails in turn

/// Uses everything in device.h once.
float work() {
    const Stream stream = make_stream();
    const Event event = make_event();
    const DeviceBuffer<float> x(1);
    float value = 1;
    copy(x.data(), &value, 1, stream);
    const Graph graph = capture(stream, [&] { launch(add_one, 1, 1, 0, stream, x.data()); });
    graph.launch(stream);
    launch(add_one, 1, 1, 0, stream, x.data());
    check(cudaEventRecord(event, stream));
    copy(&value, x.data(), 1, stream);
    check(cudaStreamSynchronize(stream));
    return value;
}

long calls_of_work() {
    EXPECT_EQ(work(), 3);
    return emulator::control().calls;
}

TEST_F(Cuda, EveryFailureIsAnErrorAndLeavesNothingBehind) {
    const long calls = calls_of_work();
    ASSERT_GE(calls, 11);
    for (const bool keep_failing : {false, true})
        for (long call = 1; call <= calls; ++call) {
            emulator::control() = {.fail_at = call, .keep_failing = keep_failing, .fail_with = cudaErrorLaunchFailure};
            EXPECT_THAT(error_of([] { work(); }), ContainsRegex("cudaErrorLaunchFailure: .* \\(.*:[0-9]+\\)")) << call;
            EXPECT_EQ(emulator::live(), emulator::Live()) << call;
        }
}

}  // namespace
}  // namespace ae
