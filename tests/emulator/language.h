// The language that nvcc adds to C++, for g++: keywords, shared memory, barriers, warp shuffles, atomics, vector types.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include "simt.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __CUDA_ARCH_LIST__ 750, 900

/// Plain __shared__ would be one array for all blocks, and never fresh; so kernels use these two.
#define AE_SHARED(T, name, n)       \
    static const char name##_key{}; \
    T(&name)[n] = *static_cast<T(*)[n]>(simt::shared_array(&name##_key, sizeof(T) * (n)))
#define AE_DYN_SHARED(T, name) T* name = static_cast<T*>(simt::dynamic_shared())

// --- barriers and warps
inline void __syncthreads(int line = __builtin_LINE()) {
    simt::barrier(line);
}
inline void __syncwarp(unsigned mask = ~0u, int line = __builtin_LINE()) {
    simt::sync_warp(mask, line);
}
inline void __threadfence() {
    simt::fence();
}

namespace simt {

template <typename T>
T shuffle_from(unsigned mask, T value, unsigned source, int line) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t));
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    bits = shuffle(mask, bits, source, line);
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

}  // namespace simt

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, int line = __builtin_LINE()) {
    const auto w = unsigned(width);
    return simt::shuffle_from(mask, value, (simt::lane_in_warp() & ~(w - 1)) | (unsigned(source) & (w - 1)), line);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, int line = __builtin_LINE()) {
    const unsigned lane = simt::lane_in_warp(), w = unsigned(width);
    return simt::shuffle_from(mask, value, (lane & (w - 1)) + delta < w ? lane + delta : lane, line);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, int line = __builtin_LINE()) {
    const unsigned lane = simt::lane_in_warp(), source = lane ^ unsigned(lanes), w = unsigned(width);
    return simt::shuffle_from(mask, value, source / w <= lane / w ? source : lane, line);
}

// --- memory
template <typename T>
T atomicAdd(T* p, T value) {
    T old, sum;
    __atomic_load(p, &old, __ATOMIC_RELAXED);
    do sum = old + value;
    while (!__atomic_compare_exchange(p, &old, &sum, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
}
