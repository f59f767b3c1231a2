// The imitated runtime means what the real one documents, and refuses what it refuses.
#include <gmock/gmock.h>

#include <vector>

#include "device/device.h"
#include "fresh_machine.h"

namespace ae {
namespace {

class Runtime : public emulator::FreshMachine {
protected:
    static float value(const DeviceBuffer<float>& buffer) {
        float v = 0;
        check(cudaMemcpy(&v, buffer.data(), sizeof v, cudaMemcpyDeviceToHost));
        return v;
    }
    static void set(const DeviceBuffer<float>& buffer, float v) {
        check(cudaMemcpy(buffer.data(), &v, sizeof v, cudaMemcpyHostToDevice));
        check(cudaDeviceSynchronize());
    }
};

__global__ void add(float* x, float amount) {
    *x += amount;
}
__global__ void twice(float* x) {
    *x *= 2;
}

// --- copies and launches

TEST_F(Runtime, CopiesKnowTheirSides) {
    const DeviceBuffer<float> device(4);
    std::vector<float> host(5);
    const std::size_t bytes = 4 * sizeof(float);
    EXPECT_EQ(cudaMemcpy(device.data(), host.data(), bytes, cudaMemcpyHostToDevice), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(host.data(), device.data(), bytes, cudaMemcpyDefault), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(device.data(), host.data(), bytes, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
    EXPECT_EQ(cudaMemcpy(device.data(), host.data(), bytes + 1, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
    EXPECT_EQ(cudaMemcpy(device.data(), host.data(), bytes + 1, cudaMemcpyDefault), cudaErrorInvalidValue);
    EXPECT_EQ(cudaMemset(device.data(), 0, bytes + 1), cudaErrorInvalidValue);
    EXPECT_EQ(cudaMemset(host.data(), 0, 1), cudaErrorInvalidValue);
}

/// The default stream's memset and copies to the device may be late, and a stream of ours does not wait for them.
TEST_F(Runtime, TheDefaultStreamIsLateUnlessSomethingWaitsForIt) {
    const Stream stream = make_stream();
    const DeviceBuffer<float> x(1);
    float one = 1;
    check(cudaMemset(x.data(), 0, sizeof(float)));
    check(cudaMemcpy(x.data(), &one, sizeof one, cudaMemcpyDefault));
    one = 7;  // staged already
    launch(add, 1, 1, 0, stream, x.data(), 2.0f);
    check(cudaStreamSynchronize(stream));
    EXPECT_EQ(value(x), 1) << "the sum should be overwritten";

    check(cudaMemset(x.data(), 0, sizeof(float)));
    check(cudaDeviceSynchronize());
    launch(add, 1, 1, 0, stream, x.data(), 2.0f);
    EXPECT_EQ(value(x), 2);

    check(cudaMemset(x.data(), 0, sizeof(float)));
    launch(add, 1, 1, 0, nullptr, x.data(), 3.0f);  // on the default stream itself
    EXPECT_EQ(value(x), 3);
}

TEST_F(Runtime, LaunchesOfImpossibleFormAreRefused) {
    const DeviceBuffer<float> x(1);
    const auto status = [&](dim3 grid, dim3 block, std::size_t shared) {
        const cudaLaunchConfig_t config{grid, block, shared, nullptr};
        return cudaLaunchKernelEx(&config, twice, x.data());
    };
    EXPECT_EQ(status(1, 1, 0), cudaSuccess);
    EXPECT_EQ(status(0, 1, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(status(1, 0, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(status(1, 1025, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(status(dim3(1, 65536), 1, 0), cudaErrorInvalidConfiguration);
    EXPECT_EQ(status(1, 1, (48 << 10) + 1), cudaErrorInvalidConfiguration);
    EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(Runtime, MemoryIsCountedAndLimited) {
    emulator::control().memory_bytes = 1000;
    void *a = nullptr, *b = nullptr;
    EXPECT_EQ(cudaMalloc(&a, 600), cudaSuccess);
    EXPECT_EQ(cudaMalloc(&b, 401), cudaErrorMemoryAllocation);
    EXPECT_EQ(emulator::live(), (emulator::Live{1, 600, 0}));
    std::size_t available = 0, total = 0;
    EXPECT_EQ(cudaMemGetInfo(&available, &total), cudaSuccess);
    EXPECT_EQ(available, 400u);
    EXPECT_EQ(total, 1000u);
    EXPECT_EQ(cudaFree(a), cudaSuccess);
    EXPECT_EQ(cudaFree(a), cudaErrorInvalidValue);
}

TEST_F(Runtime, TheChosenCallFails) {
    emulator::control().fail_at = 2;
    int version = 0, device = 0;
    EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
    EXPECT_EQ(cudaGetDevice(&device), cudaErrorUnknown);
    EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
    emulator::control() = {.fail_at = 1, .keep_failing = true, .fail_with = cudaErrorIllegalAddress};
    EXPECT_EQ(cudaGetDevice(&device), cudaErrorIllegalAddress);
    EXPECT_EQ(cudaGetDevice(&device), cudaErrorIllegalAddress);
    EXPECT_EQ(cudaRuntimeGetVersion(&version), cudaSuccess);  // never fails
}

TEST_F(Runtime, DevicesCanBeMissing) {
    int count = -1;
    emulator::control().driver_version = 0;
    EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
    emulator::control() = {.devices = 0};
    EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
    EXPECT_EQ(count, -1);
    emulator::control() = {};
    EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
    EXPECT_EQ(count, 1);
}

// --- recording

TEST_F(Runtime, WhatIsRecordedRunsWhenTheGraphIsLaunched) {
    const Stream stream = make_stream();
    const DeviceBuffer<float> x(1);
    set(x, 1);
    const Graph graph = capture(stream, [&] {
        launch(add, 1, 1, 0, stream, x.data(), 3.0f);
        launch(twice, 1, 1, 0, stream, x.data());
    });
    EXPECT_EQ(value(x), 1);
    graph.launch(stream);
    EXPECT_EQ(value(x), 8);
    graph.launch(stream);
    EXPECT_EQ(value(x), 22);
}

TEST_F(Runtime, CopiesAndSetsAreRecorded) {
    const Stream stream = make_stream();
    const DeviceBuffer<float> x(1), y(1);
    const Graph graph = capture(stream, [&] {
        check(cudaMemcpyAsync(y.data(), x.data(), sizeof(float), cudaMemcpyDeviceToDevice, stream));
        check(cudaMemsetAsync(x.data(), 0, sizeof(float), stream));
    });
    set(x, 5);
    set(y, 6);
    graph.launch(stream);
    EXPECT_EQ(value(x), 0);
    EXPECT_EQ(value(y), 5);
}

TEST_F(Runtime, WaitingAndAllocatingEndARecording) {
    const Stream stream = make_stream();
    const DeviceBuffer<float> x(1);
    const auto refused = [&](auto&& call) {
        check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        EXPECT_NE(call(), cudaSuccess);
        cudaGraph_t graph = nullptr;
        EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
        EXPECT_EQ(graph, nullptr);
    };
    void* memory = nullptr;
    refused([&] { return cudaStreamSynchronize(stream); });
    refused([&] { return cudaDeviceSynchronize(); });
    refused([&] { return cudaMalloc(&memory, 1); });
    refused([&] { return cudaFree(x.data()); });
    refused([&] { return cudaMemset(x.data(), 0, 1); });  // on the default stream
    launch(twice, 1, 1, 0, stream, x.data());             // the stream is usable again
}

TEST_F(Runtime, AGraphMayNotUseFreedMemory) {
    const Stream stream = make_stream();
    Graph graph;
    {
        const DeviceBuffer<float> x(1);
        graph = capture(stream, [&] { launch(twice, 1, 1, 0, stream, x.data()); });
    }
    EXPECT_THROW(graph.launch(stream), simt::Error);
}

// --- branches

struct Branches {
    Stream main = make_stream(), side = make_stream();
    Event fork = make_event(), join = make_event();
    DeviceBuffer<float> x{1};

    /// x ← (1 + 3) · 2 if the side branch is waited for before the doubling.
    Graph record(bool join_first) {
        return capture(main, [&] {
            check(cudaMemsetAsync(x.data(), 0, sizeof(float), main));
            launch(add, 1, 1, 0, main, x.data(), 1.0f);
            check(cudaEventRecord(fork, main));
            check(cudaStreamWaitEvent(side, fork));
            launch(add, 1, 1, 0, side, x.data(), 3.0f);
            check(cudaEventRecord(join, side));
            if (join_first) check(cudaStreamWaitEvent(main, join));
            launch(twice, 1, 1, 0, main, x.data());
            if (!join_first) check(cudaStreamWaitEvent(main, join));
        });
    }
};

TEST_F(Runtime, BranchesRunInAnyOrderThatTheirEdgesAllow) {
    Branches branches;
    const auto count_right = [&](bool join_first) {
        const Graph graph = branches.record(join_first);
        int right = 0;
        for (int i = 0; i < 32; ++i) {
            graph.launch(branches.main);
            right += value(branches.x) == 8;
        }
        return right;
    };
    EXPECT_EQ(count_right(true), 32);
    EXPECT_LT(count_right(false), 32);
}

TEST_F(Runtime, ABranchMustBeJoined) {
    Branches b;
    check(cudaStreamBeginCapture(b.main, cudaStreamCaptureModeThreadLocal));
    check(cudaEventRecord(b.fork, b.main));
    check(cudaStreamWaitEvent(b.side, b.fork));
    launch(twice, 1, 1, 0, b.side, b.x.data());
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(b.main, &graph), cudaErrorStreamCaptureUnjoined);
}

}  // namespace
}  // namespace ae
