// The instructions that kernels/device/tensor_core.h has as PTX, made of shuffles after the figures of the PTX ISA
// ("Matrix Fragments for mma.m16n8k16", "ldmatrix"): slow, but a test can compare tile.h's addresses and layouts with
// plain loops.
#pragma once
#include "device/half.h"

namespace ae {

inline std::uint32_t pair_of(Half low, Half high) {
    return std::uint32_t(low.bits) | std::uint32_t(high.bits) << 16;
}

/// `row` of lanes 8i … 8i + 7: the rows of matrix i, for i < kMatrices.
template <bool kTransposed, int kMatrices>
void load_matrices(std::uint32_t (&at)[kMatrices], const Half* row) {
    const int lane = int(simt::lane_in_warp()), group = lane / 4, pair = lane % 4 * 2;
    if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0)
        simt::fail("ldmatrix of a row that does not begin at a multiple of 16 bytes:");
    for (int i = 0; i < kMatrices; ++i) {
        const Half* own = __shfl_sync(~0u, row, 8 * i + group);
        const Half* first = __shfl_sync(~0u, row, 8 * i + pair);
        const Half* second = __shfl_sync(~0u, row, 8 * i + pair + 1);
        at[i] = kTransposed ? pair_of(first[group], second[group]) : pair_of(own[pair], own[pair + 1]);
    }
}

/// Registers 0 … 3 of A: (row, k) from (lane/4, 2·(lane%4)), 8 rows on, 8 columns on, both. Of B: (k, column) from
/// (2·(lane%4), lane/4), and 8 rows on. D as A's first two, in fp32.
template <typename A, typename B>
void multiply_add(float (&d)[4], const A& a, const B& b) {
    const int lane = int(simt::lane_in_warp());
    const auto half = [](std::uint32_t pair, int which) { return to_float(Half{std::uint16_t(pair >> 16 * which)}); };
    for (int k = 0; k < 16; k += 2) {
        const int upper = k / 8, quarter = k % 8 / 2;
        for (int i = 0; i < 4; ++i) {
            // Every lane shuffles for all: source lanes differ by what each of them computes.
            const int row = lane / 4, col = lane % 4 * 2 + i % 2;
            const std::uint32_t from_a = __shfl_sync(~0u, a.at[2 * upper + i / 2], 4 * row + quarter);
            const std::uint32_t from_b = __shfl_sync(~0u, b.at[upper], 4 * col + quarter);
            for (int j = 0; j < 2; ++j) d[i] = std::fma(half(from_a, j), half(from_b, j), d[i]);
        }
    }
}

}  // namespace ae
