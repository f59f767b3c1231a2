// The imitated runtime and cuBLAS mean what the real ones document, and refuse what they refuse.
#include <cublas_v2.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "control.h"
#include "cuda.h"

namespace ae {
namespace {

class Runtime : public testing::Test {
protected:
    void SetUp() override { emulator::control() = {}; }
    void TearDown() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
        (void)cudaGetLastError();
    }

    static float value(const DeviceBuffer<float>& buffer) {
        float v = 0;
        check(cudaMemcpy(&v, buffer.data(), sizeof v, cudaMemcpyDeviceToHost));
        return v;
    }
    static void set(const DeviceBuffer<float>& buffer, float v) {
        check(cudaMemcpy(buffer.data(), &v, sizeof v, cudaMemcpyHostToDevice));
    }
};

__global__ void add(float* x, float amount) {
    *x += amount;
}
__global__ void twice(float* x) {
    *x *= 2;
}

// --- copies and launches
// ------------------------------------------------------------------------------------------------

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
// ----------------------------------------------------------------------------------------------------------

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
// -----------------------------------------------------------------------------------------------------------

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

// --- cuBLAS
// -------------------------------------------------------------------------------------------------------------

using Blas = Handle<cublasHandle_t, cublasDestroy>;

Blas make_blas(cudaStream_t stream) {
    cublasHandle_t handle = nullptr;
    EXPECT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(cublasSetStream(handle, stream), CUBLAS_STATUS_SUCCESS);
    return Blas(handle);
}

struct Sizes {
    int m = 3, n = 5, k = 4;
};

/// Small integers, so that every order of summation gives the same bits.
std::vector<float> integers(std::size_t n, int seed) {
    std::vector<float> v(n);
    for (std::size_t i = 0; i < n; ++i) v[i] = float(int(i * 7 + std::size_t(seed) * 5) % 11 - 5);
    return v;
}

DeviceBuffer<float> upload(const std::vector<float>& v) {
    DeviceBuffer<float> buffer(v.size());
    copy(buffer.data(), v.data(), v.size(), nullptr);
    return buffer;
}

class Sgemm : public Runtime, public testing::WithParamInterface<std::tuple<bool, bool, float>> {};

TEST_P(Sgemm, IsTheProduct) {
    const auto [ta, tb, beta] = GetParam();
    const auto [m, n, k] = Sizes();
    const int lda = (ta ? k : m) + 2, ldb = (tb ? n : k) + 1, ldc = m + 3;
    const auto a = integers(std::size_t(lda * (ta ? m : k)), 1), b = integers(std::size_t(ldb * (tb ? k : n)), 2);
    const std::vector<float> c(std::size_t(ldc * n), beta == 0 ? NAN : 2.0f);
    const auto da = upload(a), db = upload(b), dc = upload(c);
    const Blas blas = make_blas(nullptr);
    const float alpha = 2;
    ASSERT_EQ(cublasSgemm(blas, ta ? CUBLAS_OP_T : CUBLAS_OP_N, tb ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k, &alpha,
                          da.data(), lda, db.data(), ldb, &beta, dc.data(), ldc),
              CUBLAS_STATUS_SUCCESS);
    std::vector<float> result(c.size());
    copy(result.data(), dc.data(), result.size(), nullptr);
    for (int col = 0; col < n; ++col)
        for (int row = 0; row < m; ++row) {
            float sum = 0;
            for (int i = 0; i < k; ++i)
                sum += a[std::size_t(ta ? i + row * lda : row + i * lda)] *
                       b[std::size_t(tb ? col + i * ldb : i + col * ldb)];
            EXPECT_EQ(result[std::size_t(row + col * ldc)], alpha * sum + (beta == 0 ? 0 : beta * 2)) << row << col;
        }
}
INSTANTIATE_TEST_SUITE_P(AllForms, Sgemm,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Values(0.0f, 1.0f)));

TEST_F(Runtime, SgemmRefusesWhatCublasRefuses) {
    const Blas blas = make_blas(nullptr);
    const DeviceBuffer<float> a(4), b(4), c(4);
    const float one = 1, zero = 0;
    const auto status = [&](int m, int ldc, float* to) {
        return cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, m, 2, 2, &one, a.data(), 2, b.data(), 2, &zero, to, ldc);
    };
    EXPECT_EQ(status(-1, 2, c.data()), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(status(2, 1, c.data()), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(status(2, 3, c.data()), CUBLAS_STATUS_EXECUTION_FAILED);  // past the end of c
    std::vector<float> host(4);
    EXPECT_EQ(status(2, 2, host.data()), CUBLAS_STATUS_EXECUTION_FAILED);
    EXPECT_THROW((void)status(2, 2, a.data()), simt::Error);
    EXPECT_EQ(cublasSetStream(nullptr, nullptr), CUBLAS_STATUS_NOT_INITIALIZED);
    emulator::control() = {.fail_at = 1};
    EXPECT_EQ(status(2, 2, c.data()), CUBLAS_STATUS_INTERNAL_ERROR);
}

TEST_F(Runtime, SgemmIsRecorded) {
    const Stream stream = make_stream();
    const Blas blas = make_blas(stream);
    const DeviceBuffer<float> a(1), b(1), c(1);
    float one = 1, zero = 0;
    const Graph graph = capture(stream, [&] {
        EXPECT_EQ(
            cublasSgemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, a.data(), 1, b.data(), 1, &zero, c.data(), 1),
            CUBLAS_STATUS_SUCCESS);
    });
    one = NAN;  // read when it was recorded
    set(a, 3);
    set(b, 7);
    graph.launch(stream);
    EXPECT_EQ(value(c), 21);
}

}  // namespace
}  // namespace ae
