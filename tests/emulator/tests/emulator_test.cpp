// The emulator finds what it is there to find: each test plants a fault in a kernel or in its use. What only a
// sanitizer can see is planted in that sanitizer's build alone.
#include <gmock/gmock.h>

#include <numeric>
#include <vector>

#include "control.h"
#include "device/device.h"
#include "device/pack.h"

namespace ae::emulator_test {
namespace {

using testing::HasSubstr;

constexpr int kThreads = 128;
constexpr int kTries = 8;  // launches, each in another order

/// Runs kernel(to, from, n) on kThreads threads with from[i] = i; what it wrote.
template <typename Kernel>
std::vector<float> run(Kernel kernel, std::size_t shared_bytes = 0) {
    std::vector<float> values(kThreads);
    std::iota(values.begin(), values.end(), 0.0f);
    const DeviceBuffer<float> from(kThreads), to(kThreads);
    copy(from.data(), values.data(), kThreads, nullptr);
    launch(kernel, 1, kThreads, shared_bytes, nullptr, to.data(), from.data(), kThreads);
    copy(values.data(), to.data(), kThreads, nullptr);
    return values;
}

template <typename Kernel>
std::string error_of(Kernel kernel) {
    try {
        run(kernel);
    } catch (const simt::Error& e) {
        return e.what();
    }
    return "no error";
}

std::vector<float> reversed() {
    std::vector<float> values(kThreads);
    std::iota(values.rbegin(), values.rend(), 0.0f);
    return values;
}

[[maybe_unused]] bool always_right(void (*kernel)(float*, const float*, int)) {
    for (int i = 0; i < kTries; ++i)
        if (run(kernel) != reversed()) return false;
    return true;
}

// --- clean kernels: no build may object

__global__ void reverse(float* to, const float* from, int n) {
    AE_SHARED(float, buffer, kThreads);
    buffer[threadIdx.x] = from[threadIdx.x];
    __syncthreads();
    to[threadIdx.x] = buffer[unsigned(n) - 1 - threadIdx.x];
}

__global__ void reverse_dynamic(float* to, const float* from, int n) {
    AE_DYN_SHARED(float, buffer);
    buffer[threadIdx.x] = from[threadIdx.x];
    __syncthreads();
    to[threadIdx.x] = buffer[unsigned(n) - 1 - threadIdx.x];
}

__global__ void reverse_in_warps(float* to, const float* from, int n) {
    const int lane = int(threadIdx.x % simt::kWarp);
    const float mine = from[unsigned(n) - 1 - threadIdx.x];
    const float there_and_back = __shfl_xor_sync(~0u, __shfl_xor_sync(~0u, mine, 5), 5);
    to[threadIdx.x] = __shfl_sync(~0u, there_and_back, lane) + 0 * __shfl_down_sync(~0u, mine, 3);
}

__global__ void reverse_by_warp_memory(float* to, const float* from, int n) {
    AE_SHARED(float, buffer, kThreads);
    buffer[threadIdx.x] = from[unsigned(n) - 1 - threadIdx.x];
    __syncwarp();
    const float neighbours = buffer[threadIdx.x ^ 1];
    __syncwarp();
    buffer[threadIdx.x ^ 1] = neighbours;
    __syncwarp();
    to[threadIdx.x] = buffer[threadIdx.x];
}

TEST(Emulator, CleanKernelsPass) {
    for (int i = 0; i < kTries; ++i) {
        EXPECT_EQ(run(reverse), reversed());
        EXPECT_EQ(run(reverse_dynamic, kThreads * sizeof(float)), reversed());
        EXPECT_EQ(run(reverse_in_warps), reversed());
        EXPECT_EQ(run(reverse_by_warp_memory), reversed());
    }
}

/// The last block to come adds what all blocks have left.
__global__ void sum_by_last_block(float* sum, float* parts, unsigned* arrived) {
    if (threadIdx.x == 0) {
        parts[blockIdx.x] = float(blockIdx.x);
        __threadfence();
        if (atomicAdd(arrived, 1u) + 1 == gridDim.x) {
            __threadfence();
            *sum = 0;
            for (unsigned b = 0; b < gridDim.x; ++b) *sum += parts[b];
        }
    }
}

TEST(Emulator, BlocksMeetThroughAtomicsAndFences) {
    constexpr unsigned kBlocks = 40;
    const DeviceBuffer<float> sum(1), parts(kBlocks);
    const DeviceBuffer<unsigned> arrived(1);
    check(cudaMemset(arrived.data(), 0, sizeof(unsigned)));
    launch(sum_by_last_block, kBlocks, 32, 0, nullptr, sum.data(), parts.data(), arrived.data());
    float result = 0;
    copy(&result, sum.data(), 1, nullptr);
    EXPECT_EQ(result, kBlocks * (kBlocks - 1) / 2.0f);
}

__global__ void write_place(unsigned* to, int width, int height) {
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < unsigned(width) && y < unsigned(height)) to[y * unsigned(width) + x] = y * unsigned(width) + x;
}

TEST(Emulator, GridsAndBlocksHaveTheirExtents) {
    constexpr int kWidth = 37, kHeight = 11;
    const DeviceBuffer<unsigned> to(kWidth * kHeight);
    launch(write_place, dim3(5, 3), dim3(8, 4), 0, nullptr, to.data(), kWidth, kHeight);
    std::vector<unsigned> result(to.size()), expected(to.size());
    std::iota(expected.begin(), expected.end(), 0u);
    copy(result.data(), to.data(), to.size(), nullptr);
    EXPECT_EQ(result, expected);
}

// --- faults that show in results, or to the race detector

[[maybe_unused]] __global__ void reverse_without_barrier(float* to, const float* from, int n) {
    AE_SHARED(float, buffer, kThreads);
    buffer[threadIdx.x] = from[threadIdx.x];
    to[threadIdx.x] = buffer[unsigned(n) - 1 - threadIdx.x];
}

[[maybe_unused]] __global__ void reverse_with_write_after_read(float* to, const float* from, int n) {
    AE_SHARED(float, buffer, kThreads);
    float sum = 0;
    for (unsigned round = 0; round < 4; ++round) {
        buffer[threadIdx.x] = from[threadIdx.x] + float(round);
        __syncthreads();
        sum += buffer[unsigned(n) - 1 - threadIdx.x] - float(round);  // may read what the next round has written
    }
    to[threadIdx.x] = sum / 4;
}

__global__ void reverse_of_unset(float* to, const float* from, int n) {
    AE_SHARED(float, buffer, kThreads);
    if (threadIdx.x > 0) buffer[threadIdx.x] = from[threadIdx.x];
    __syncthreads();
    to[threadIdx.x] = buffer[unsigned(n) - 1 - threadIdx.x];
}

TEST(Emulator, SharedMemoryIsUnsetInEveryBlock) {
    EXPECT_TRUE(std::isnan(run(reverse_of_unset).back()));
    run(reverse);
    EXPECT_TRUE(std::isnan(run(reverse_of_unset).back()));
}

TEST(Emulator, DeviceMemoryIsUnset) {
    const DeviceBuffer<float> memory(3);
    std::vector<float> values(3);
    copy(values.data(), memory.data(), 3, nullptr);
    for (const float v : values) EXPECT_TRUE(std::isnan(v));
}

#if defined(EMULATOR_TSAN)

__global__ void write_one_place(float* to, const float* from, int) {
    if (threadIdx.x == 0) to[0] = from[0] + float(blockIdx.x);
}

void race_between_blocks() {
    const DeviceBuffer<float> from(1), to(1);
    launch(write_one_place, 2, 1, 0, nullptr, to.data(), from.data(), 1);
}

TEST(EmulatorDeathTest, RacesAreFound) {
    EXPECT_DEATH(run(reverse_without_barrier), "data race");
    EXPECT_DEATH(run(reverse_with_write_after_read), "data race");
    EXPECT_DEATH(race_between_blocks(), "data race");
}

#elif defined(EMULATOR_ASAN)

__global__ void read_past_the_end(float* to, const float* from, int n) {
    to[threadIdx.x] = from[threadIdx.x + unsigned(n == kThreads)];
}
__global__ void write_before_the_start(float* to, const float* from, int) {
    *(to + threadIdx.x - 1) = from[threadIdx.x];
}
__global__ void write_past_shared(float* to, const float* from, int) {
    AE_SHARED(float, buffer, kThreads - 1);
    float* unchecked = buffer;
    unchecked[threadIdx.x] = from[threadIdx.x];
    to[threadIdx.x] = unchecked[threadIdx.x];
}
__global__ void misaligned_pack(float* to, const float* from, int) {
    if (threadIdx.x == 0) store(to, load<4>(from + 1));
}

TEST(EmulatorDeathTest, AccessesOutOfBoundsAreFound) {
    EXPECT_DEATH(run(read_past_the_end), "heap-buffer-overflow");
    EXPECT_DEATH(run(write_before_the_start), "heap-buffer-overflow");
    EXPECT_DEATH(run(write_past_shared), "heap-buffer-overflow");
    EXPECT_DEATH(run(reverse_dynamic, (kThreads - 1) * sizeof(float)), "heap-buffer-overflow");
}

TEST(EmulatorDeathTest, MisalignedPacksAreFound) {
    EXPECT_DEATH(run(misaligned_pack), "misaligned address");
}

TEST(EmulatorDeathTest, TheHostMayNotTouchDeviceMemory) {
    const DeviceBuffer<float> memory(1);
    EXPECT_DEATH(*memory.data() = 1, "use-after-poison");
}

#else

TEST(Emulator, AMissingBarrierChangesResults) {
    EXPECT_TRUE(always_right(reverse));
    EXPECT_FALSE(always_right(reverse_without_barrier));
    EXPECT_FALSE(always_right(reverse_with_write_after_read));
}

#endif

// --- faults that the scheduler finds

__global__ void divergent_barrier(float*, const float*, int) {
    if (threadIdx.x < 64)
        __syncthreads();
    else
        __syncthreads();
}

__global__ void exit_before_barrier(float*, const float*, int n) {
    if (threadIdx.x + 1 == unsigned(n)) return;
    __syncthreads();
}

__global__ void exit_before_warp_operation(float* to, const float* from, int) {
    if (threadIdx.x == 7) return;
    to[threadIdx.x] = __shfl_xor_sync(~0u, from[threadIdx.x], 1);
}

__global__ void shuffle_under_branch(float* to, const float* from, int) {
    if (threadIdx.x % 2 == 0)
        to[threadIdx.x] = __shfl_xor_sync(~0u, from[threadIdx.x], 1);
    else
        to[threadIdx.x] = __shfl_xor_sync(~0u, -from[threadIdx.x], 1);
}

__global__ void shuffle_against_barrier(float* to, const float* from, int) {
    if (threadIdx.x == 0) to[0] = __shfl_xor_sync(~0u, from[0], 1);
    __syncthreads();
}

__global__ void shuffle_from_outside(float* to, const float* from, int) {
    if (threadIdx.x < 8) to[threadIdx.x] = __shfl_sync(0xFFu, from[threadIdx.x], 8);
}

__global__ void shuffle_without_itself(float* to, const float* from, int) {
    to[threadIdx.x] = __shfl_xor_sync(0xFFFFu, from[threadIdx.x], 1);
}

__global__ void too_much_shared(float* to, const float*, int) {
    AE_SHARED(float, buffer, 12289);
    buffer[threadIdx.x] = 0;
    to[threadIdx.x] = buffer[threadIdx.x];
}

TEST(Emulator, ThreadsMustMeetAtOneBarrier) {
    EXPECT_THAT(error_of(divergent_barrier), HasSubstr("different barriers"));
    EXPECT_THAT(error_of(exit_before_barrier), HasSubstr("barrier waits for threads that have exited"));
    EXPECT_EQ(error_of(reverse), "no error");
}

TEST(Emulator, LanesMustMeetAtOneWarpOperation) {
    EXPECT_THAT(error_of(exit_before_warp_operation), HasSubstr("waits for a lane that has exited"));
    EXPECT_THAT(error_of(shuffle_under_branch), HasSubstr("different warp operations"));
    EXPECT_THAT(error_of(shuffle_against_barrier), HasSubstr("deadlock"));
    EXPECT_THAT(error_of(shuffle_from_outside), HasSubstr("outside its mask"));
    EXPECT_THAT(error_of(shuffle_without_itself), HasSubstr("leaves it out"));
    EXPECT_EQ(error_of(reverse_in_warps), "no error");
}

TEST(Emulator, SharedMemoryIsLimited) {
    EXPECT_THAT(error_of(too_much_shared), HasSubstr("48 KiB"));
}

TEST(Emulator, AnErrorNamesThreadLineAndSeed) {
    const std::string error = error_of(exit_before_warp_operation);
    EXPECT_THAT(error, testing::ContainsRegex(R"(block \(0,0,0\) thread \([0-9]+,0,0\) at line [0-9]+)"));
    EXPECT_THAT(error, HasSubstr("AE_EMULATOR_SEED=" + std::to_string(simt::seed())));
}

TEST(Emulator, KernelsTakeOnlyDeviceMemory) {
    std::vector<float> host(kThreads);
    const DeviceBuffer<float> device(kThreads);
    EXPECT_THROW(launch(reverse, 1, kThreads, 0, nullptr, device.data(), host.data(), kThreads), simt::Error);
    EXPECT_THROW(launch(reverse, 1, kThreads, 0, nullptr, host.data(), device.data(), kThreads), simt::Error);
}

}  // namespace
}  // namespace ae::emulator_test
