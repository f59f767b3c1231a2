// Sums over threads, in an order that depends on nothing but the shape of the block.
#pragma once
#include "device/device.h"

namespace ae {

constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFu;

/// Sum over the lanes of a warp that differ from each other by multiples of `stride`; all lanes get it.
template <typename T>
__device__ T warp_sum(T value, int stride = 1) {
    for (int distance = kWarp / 2; distance >= stride; distance /= 2)
        value += __shfl_xor_sync(kAllLanes, value, distance);
    return value;
}

/// N sums over a block of kThreads threads at the price of one barrier; the first warp gets them. All threads call it,
/// once in a kernel.
template <int kThreads, typename T, int N>
__device__ void block_sums(T (&values)[N]) {
    constexpr int kWarps = kThreads / kWarp;
    static_assert(kThreads % kWarp == 0 && kWarps <= kWarp);
    AE_SHARED(T, sums, N * kWarps);

    const int warp = static_cast<int>(threadIdx.x) / kWarp, lane = static_cast<int>(threadIdx.x) % kWarp;
    for (int i = 0; i < N; ++i) {
        values[i] = warp_sum(values[i]);
        if (lane == 0) sums[i * kWarps + warp] = values[i];
    }
    __syncthreads();
    if (warp != 0) return;
    for (int i = 0; i < N; ++i) values[i] = warp_sum(lane < kWarps ? sums[i * kWarps + lane] : T(0));
}

// ---------------------------------------------------------------------------------------------------------------------
// column sums: a block takes 8 columns, one 32-byte sector of a row, and 64 rows at a time

constexpr int kColumns = 8;
constexpr int kRowsAtOnce = 64;
constexpr int kColumnThreads = kColumns * kRowsAtOnce;

/// Adds `sum` of the block's threads of the same column, threadIdx.x; those with threadIdx.y = 0 get the result. All
/// threads of a block of (kColumns, kRowsAtOnce) call it, once in a kernel.
__device__ inline float column_sum(float sum) {
    constexpr int kWarps = kColumnThreads / kWarp;
    AE_SHARED(float, sums, kWarps* kColumns);

    const int thread = static_cast<int>(threadIdx.y * kColumns + threadIdx.x);
    sum = warp_sum(sum, kColumns);
    if (thread % kWarp < kColumns) sums[thread / kWarp * kColumns + threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0) return sum;
    sum = 0;
    for (int warp = 0; warp < kWarps; ++warp) sum += sums[warp * kColumns + threadIdx.x];
    return sum;
}

}  // namespace ae
