// The two warp-wide instructions of tensor cores that tile.h is made of: ldmatrix and mma.sync.m16n8k16.
//
// PTX ISA, "Warp-level Matrix Instructions". The emulator has its own, made of shuffles, in
// tests/emulator/warp_matrix.h.
#pragma once
#include <cstdint>

#include "device/device.h"
#include "device/half.h"

namespace ae {

/// The part of A [16 × 16] and B [16 × 8] that a lane holds: pairs of halves with neighbouring k.
struct FragmentA {
    std::uint32_t at[4];
};
struct FragmentB {
    std::uint32_t at[2];
};

#if defined(__CUDACC__)
/// Four matrices of 8 × 8 halves. Lanes 8i … 8i + 7 give the addresses of the rows of matrix i, 16 bytes each; at[i]
/// gets elements (lane/4, 2·(lane%4) + {0, 1}) of matrix i, or of its transpose.
template <bool kTransposed>
__device__ void load_matrices(std::uint32_t (&at)[4], const Half* row) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    if constexpr (kTransposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(at[0]), "=r"(at[1]), "=r"(at[2]), "=r"(at[3])
                     : "r"(address)
                     : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(at[0]), "=r"(at[1]), "=r"(at[2]), "=r"(at[3])
                     : "r"(address)
                     : "memory");
}

/// Two matrices, by the addresses of lanes 0 … 15; the others must give valid ones too.
template <bool kTransposed>
__device__ void load_matrices(std::uint32_t (&at)[2], const Half* row) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    if constexpr (kTransposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                     : "=r"(at[0]), "=r"(at[1])
                     : "r"(address)
                     : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                     : "=r"(at[0]), "=r"(at[1])
                     : "r"(address)
                     : "memory");
}

/// D [16 × 8] += A·B, exact products summed in fp32. sm_80 and later.
__device__ inline void multiply_add(float (&d)[4], const FragmentA& a, const FragmentB& b) {
#if __CUDA_ARCH__ >= 800
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a.at[0]), "r"(a.at[1]), "r"(a.at[2]), "r"(a.at[3]), "r"(b.at[0]), "r"(b.at[1]));
#endif
}
#endif

}  // namespace ae

#if !defined(__CUDACC__)
#include "warp_matrix.h"
#endif
