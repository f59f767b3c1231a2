// A warp multiplies: D [16 × 8] = A [16 × K]·B [K × 8], operands in shared memory as halves, sums in fp32.
//
// On sm_80 and later by tensor cores, elsewhere by plain loops in which each lane computes the four elements that it
// would own: the code around a product need not know which it was. The plain one is also what the emulator runs.
#pragma once
#include <type_traits>

#include "device/device.h"
#include "device/half.h"
#include "device/tensor_core.h"

namespace ae {

/// A matrix of halves, or of split values, in shared memory. Element (i, j) stands at i·stride + j, or at j·stride + i
/// where it is stored transposed. Rows as they are stored begin at multiples of 16 bytes.
template <bool kIsTransposed, bool kIsSplit>
struct TileOperand {
    static constexpr bool kTransposed = kIsTransposed, kSplit = kIsSplit;

    const Half* hi;
    const Half* lo;  ///< null where the values are halves themselves
    int stride;

    AE_HD int index(int i, int j) const { return kTransposed ? j * stride + i : i * stride + j; }
    AE_HD float high(int i, int j) const { return to_float(hi[index(i, j)]); }
    AE_HD float low(int i, int j) const { return to_float(lo[index(i, j)]); }
    /// The part that begins at element (i, j).
    AE_HD TileOperand block(int i, int j) const {
        return {hi + index(i, j), kSplit ? lo + index(i, j) : nullptr, stride};
    }
};

/// A matrix of bytes in shared memory, which become halves on their way to the tensor cores. Only for A. Rows as they
/// are stored begin at multiples of four bytes.
template <bool kIsTransposed>
struct ByteOperand {
    static constexpr bool kTransposed = kIsTransposed, kSplit = false;

    const std::uint8_t* at;
    int stride;

    AE_HD int index(int i, int j) const { return kTransposed ? j * stride + i : i * stride + j; }
    AE_HD float high(int i, int j) const { return at[index(i, j)]; }
    AE_HD ByteOperand block(int i, int j) const { return {at + index(i, j), stride}; }
};

template <bool kTransposed>
AE_HD ByteOperand<kTransposed> byte_operand(const std::uint8_t* at, int stride) {
    return {at, stride};
}

/// The two planes of a split matrix.
template <bool kTransposed, int kRows, int kStride>
AE_HD TileOperand<kTransposed, true> split_operand(const Planes<kRows, kStride>& planes) {
    return {planes.hi, planes.lo, kStride};
}

/// The four elements of D that a lane owns, by the fragment layout of mma.m16n8k16.
struct TileSum {
    float main[4] = {};        ///< products of high parts
    float correction[4] = {};  ///< products with one low part, 2⁻¹¹ of those: apart, they keep their low bits

    AE_HD static int row(int lane, int i) { return lane / 4 + i / 2 * 8; }
    /// Where A is a transposed matrix of bytes, of which a lane loads two neighbouring columns at once.
    AE_HD static int row_of_pairs(int lane, int i) { return lane / 4 * 2 + i / 2; }
    template <typename A>
    AE_HD static int row_in(const A&, int lane, int i) {
        return row(lane, i);
    }
    AE_HD static int row_in(const ByteOperand<true>&, int lane, int i) { return row_of_pairs(lane, i); }
    AE_HD static int col(int lane, int i) { return lane % 4 * 2 + i % 2; }
    AE_HD float value(int i) const { return main[i] + correction[i]; }
};

__device__ inline int lane_index() {
    return static_cast<int>(threadIdx.x) % 32;
}
__device__ inline int warp_index() {
    return static_cast<int>(threadIdx.x) / 32;
}

// ---------------------------------------------------------------------------------------------------------------------
// by loops

template <int kDepth, typename A, typename B>
__device__ TileSum product_by_lanes(const A& a, const B& b) {
    const int lane = lane_index();
    TileSum sum;
    for (int i = 0; i < 4; ++i) {
        const int row = TileSum::row_in(a, lane, i), col = TileSum::col(lane, i);
#pragma unroll 2  // all of it at once would spill
        for (int k = 0; k < kDepth; ++k) {
            const float a_hi = a.high(row, k), b_hi = b.high(k, col);
            sum.main[i] = fmaf(a_hi, b_hi, sum.main[i]);
            sum.correction[i] = fmaf(a_hi, b.low(k, col), sum.correction[i]);
            if constexpr (A::kSplit) sum.correction[i] = fmaf(a.low(row, k), b_hi, sum.correction[i]);
        }
    }
    return sum;
}

// ---------------------------------------------------------------------------------------------------------------------
// by tensor cores

/// A [16 × 16] at `at`: matrices of 8 × 8 in the order (0,0), (8,0), (0,8), (8,8).
template <bool kTransposed>
__device__ FragmentA load_a(const Half* at, int stride) {
    const int lane = lane_index();
    FragmentA fragment;
    if constexpr (kTransposed)
        load_matrices<true>(fragment.at, at + (lane % 8 + lane / 16 * 8) * stride + lane / 8 % 2 * 8);
    else
        load_matrices<false>(fragment.at, at + lane % 16 * stride + lane / 16 * 8);
    return fragment;
}

/// The high parts.
template <bool kTransposed, bool kSplit>
__device__ FragmentA load_a(const TileOperand<kTransposed, kSplit>& a) {
    return load_a<kTransposed>(a.hi, a.stride);
}

/// A [16 × 16] of bytes. A lane takes four neighbours of a row at once, as the k that the layout numbers 2·(lane%4) +
/// {0, 1, 8, 9}: load_b() numbers them alike.
__device__ inline FragmentA load_a(const ByteOperand<false>& a) {
    const int row = lane_index() / 4, k = lane_index() % 4 * 4;
    const auto upper = *reinterpret_cast<const std::uint32_t*>(a.at + a.index(row, k));
    const auto lower = *reinterpret_cast<const std::uint32_t*>(a.at + a.index(row + 8, k));
    return {{half_pair(upper, 0), half_pair(lower, 0), half_pair(upper, 1), half_pair(lower, 1)}};
}

/// A [16 × 16] of bytes that lie transposed. A lane takes two neighbours at once, as the rows that the layout numbers
/// lane/4 and lane/4 + 8: TileSum::row_of_pairs() says so.
__device__ inline FragmentA load_a(const ByteOperand<true>& a) {
    const int row = lane_index() / 4 * 2, k = lane_index() % 4 * 2;
    const auto pair = [&](int at_k) -> std::uint32_t {
        return *reinterpret_cast<const std::uint16_t*>(a.at + a.index(row, at_k));
    };
    const std::uint32_t left = interleaved(pair(k), pair(k + 1)), right = interleaved(pair(k + 8), pair(k + 9));
    return {{half_pair(left, 0), half_pair(left, 1), half_pair(right, 0), half_pair(right, 1)}};
}

/// B [16 × 8] at `at`: matrices (0,0), (8,0). The instruction wants its columns, so a row-major B is what it
/// transposes. kInFours: its rows in the order in which load_a() takes bytes.
template <bool kTransposed, bool kInFours>
__device__ FragmentB load_b(const Half* at, int stride) {
    static_assert(!(kTransposed && kInFours));
    const int lane = lane_index(), row = lane % 16;
    FragmentB fragment;
    if constexpr (kTransposed)
        load_matrices<false>(fragment.at, at + lane % 8 * stride + lane / 8 % 2 * 8);
    else
        load_matrices<true>(fragment.at, at + (kInFours ? row % 8 / 2 * 4 + row / 8 * 2 + row % 2 : row) * stride);
    return fragment;
}

template <int kDepth, typename A, typename B>
__device__ TileSum product_by_tensor_cores(const A& a, const B& b) {
    constexpr bool kInFours = std::is_same_v<A, ByteOperand<false>>;
    TileSum sum;
    float other_correction[4] = {};  // a second chain of sums, since each instruction waits for the one before it
    __syncwarp();  // the instructions want all lanes at once, and what came before may have parted them
#pragma unroll 2   // all of it at once would take the registers of a second block on a multiprocessor
    for (int k = 0; k < kDepth; k += 16) {
        const A a_k = a.block(0, k);
        const B b_k = b.block(k, 0);
        const FragmentA a_hi = load_a(a_k);
        const FragmentB b_hi = load_b<B::kTransposed, kInFours>(b_k.hi, b_k.stride);
        float part[4] = {};  // tensor cores cut the low bits of a long sum off, where an addition out here rounds
        multiply_add(part, a_hi, b_hi);
        for (int i = 0; i < 4; ++i) sum.main[i] += part[i];
        multiply_add(sum.correction, a_hi, load_b<B::kTransposed, kInFours>(b_k.lo, b_k.stride));
        if constexpr (A::kSplit) multiply_add(other_correction, load_a<A::kTransposed>(a_k.lo, a_k.stride), b_hi);
    }
    if constexpr (A::kSplit)
        for (int i = 0; i < 4; ++i) sum.correction[i] += other_correction[i];
    return sum;
}

// ---------------------------------------------------------------------------------------------------------------------

/// A [16 × kDepth]·B [kDepth × 8], A exact or split, B split: two products or three, that of two low parts is left out.
/// All lanes of a warp call it; the operands were written before the block's last barrier.
template <int kDepth, typename A, typename B>
__device__ TileSum tile_product(const A& a, const B& b) {
    static_assert(kDepth % 16 == 0 && B::kSplit);
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    return product_by_tensor_cores<kDepth>(a, b);
#else
    return product_by_lanes<kDepth>(a, b);
#endif
}

}  // namespace ae
