// A barrier of the whole grid, and the exchange that could do without one.
#include <cooperative_groups.h>

#include "latency.h"

namespace ae {
namespace {

// ---------------------------------------------------------------------------------------------------------------------
// a barrier of the grid

__global__ void cooperative_barriers(int times) {
    const auto grid = cooperative_groups::this_grid();
    for (int i = 0; i < times; ++i) grid.sync();
}

/// One atomic a block on a counter that only grows, so that nothing is reset between barriers.
__global__ void counter_barriers(unsigned* arrived, int times) {
    for (int i = 1; i <= times; ++i) {
        __syncthreads();
        if (threadIdx.x == 0) {
            __threadfence();
            atomicAdd(arrived, 1U);
            const volatile unsigned* seen = arrived;
            while (*seen < static_cast<unsigned>(i) * gridDim.x) continue;
            __threadfence();
        }
        __syncthreads();
    }
}

}  // namespace

void time_grid_barriers(const cudaDeviceProp& device, const Stream& stream) {
    const DeviceBuffer<unsigned> arrived(1);
    for (const int threads : {128, 512}) {
        const Grid grid{device.multiProcessorCount, threads};
        const std::string text = std::to_string(grid.blocks) + " blocks of " + std::to_string(threads);
        say("grid barrier, cooperative groups, " + text,
            time_one(stream, [&] { launch_as(cooperative(), cooperative_barriers, grid, stream, kTimes); }));
        say("grid barrier, counter, " + text, time_one(stream, [&] {
                check(cudaMemsetAsync(arrived.data(), 0, sizeof(unsigned), stream));
                launch_as(cooperative(), counter_barriers, grid, stream, arrived.data(), kTimes);
            }));
    }
}

namespace {

// ---------------------------------------------------------------------------------------------------------------------
// an exchange: every block writes a [256 × 8] part of 8 partial sums and reads two whole rows of all of them

constexpr int kBlocks = 128, kThreads = 512, kRows = 256, kColumns = 128, kPartials = 8;
constexpr int kColumnsOfBlock = kColumns * kPartials / kBlocks, kRowsOfBlock = kRows / kBlocks;
constexpr int kPairs = kRows * kColumnsOfBlock / 2 / kThreads;  // that a thread writes, and reads
constexpr std::size_t kSlots = std::size_t{kPartials} * kRows * kColumns;

/// A value and the number of the exchange that it belongs to, in one word that is written and read whole: whoever sees
/// the number has the value, without a fence or a flag.
using Slot = unsigned long long;

__device__ Slot slot_of(float value, unsigned number) {
    return static_cast<Slot>(number) << 32 | __float_as_uint(value);
}

__device__ void put_pair(Slot* at, float a, float b, unsigned number) {
    asm volatile("st.relaxed.gpu.global.v2.b64 [%0], {%1, %2};" ::"l"(at), "l"(slot_of(a, number)),
                 "l"(slot_of(b, number))
                 : "memory");
}

/// The sum of both values, once they are there.
__device__ float wait_for_pair(const Slot* at, unsigned number) {
    Slot a = 0, b = 0;
    do {
        asm volatile("ld.relaxed.gpu.global.v2.b64 {%0, %1}, [%2];" : "=l"(a), "=l"(b) : "l"(at) : "memory");
    } while (a >> 32 != number || b >> 32 != number);
    return __uint_as_float(static_cast<unsigned>(a)) + __uint_as_float(static_cast<unsigned>(b));
}

__device__ int slot_index(int partial, int row, int column) {
    return (partial * kRows + row) * kColumns + column;
}

/// slots: two sets in turn. Who has read an exchange to its end has seen that all blocks have read the one before, so
/// the set of that one may be written again. sums: what each thread has read, [kBlocks × kThreads].
__global__ void __launch_bounds__(kThreads, 1) exchanges(Slot* slots, float* sums, int times) {
    const int thread = static_cast<int>(threadIdx.x), block = static_cast<int>(blockIdx.x);
    constexpr int kPairsOfRow = kColumns / 2, kWrittenOfRow = kColumnsOfBlock / 2;
    float sum = 0;
    for (int i = 1; i <= times; ++i) {
        Slot* set = slots + static_cast<std::size_t>(i & 1) * kSlots;
        for (int pair = thread; pair < kPairs * kThreads; pair += kThreads) {
            const int column = block / kPartials * kColumnsOfBlock + pair % kWrittenOfRow * 2;
            put_pair(set + slot_index(block % kPartials, pair / kWrittenOfRow, column), 1, 0, i);
        }
        for (int pair = thread; pair < kPairs * kThreads; pair += kThreads) {
            const int row = block * kRowsOfBlock + pair / kPairsOfRow % kRowsOfBlock;
            sum += wait_for_pair(set + slot_index(pair / kPairsOfRow / kRowsOfBlock, row, pair % kPairsOfRow * 2), i);
        }
        __syncthreads();
    }
    sums[block * kThreads + thread] = sum;
}

void check_sums(const DeviceBuffer<float>& sums, const Stream& stream) {
    std::vector<float> values(sums.size());
    copy(values.data(), sums.data(), values.size(), stream);
    check(cudaStreamSynchronize(stream));
    for (const float value : values)
        if (value != float{kTimes} * kPairs) throw_gpu_error("an exchange lost values", Location::current());
}

}  // namespace

void time_exchange(const cudaDeviceProp& device, const Stream& stream) {
    if (device.multiProcessorCount < kBlocks) {
        std::printf("exchange: needs %d multiprocessors, this GPU has %d\n", kBlocks, device.multiProcessorCount);
        return;
    }
    const DeviceBuffer<Slot> slots(2 * kSlots);
    const DeviceBuffer<float> sums(std::size_t{kBlocks} * kThreads);
    say("exchange of 16 KB a block, all to all, 128 blocks of 512", time_one(stream, [&] {
            check(cudaMemsetAsync(slots.data(), 0, slots.size() * sizeof(Slot), stream));
            launch_as(cooperative(), exchanges, Grid{kBlocks, kThreads}, stream, slots.data(), sums.data(), kTimes);
        }));
    check_sums(sums, stream);
}

}  // namespace ae
