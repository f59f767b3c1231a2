// 16-bit floats (IEEE binary16), and fp32 values as the sum of two of them.
//
// Tensor cores multiply halves exactly and add in fp32. A half has 11 bits, two of them 22: a product of two split
// values, without that of the two low parts, is right to some 2⁻²², which is what fp32 arithmetic gives. What must be
// watched is the range: values are scaled by a power of two so that they lie well below 65,504 and their low parts
// well above the smallest half, 6e-8.
#pragma once
#if defined(__CUDACC__)
#include <cuda_fp16.h>
#endif

#include <cstdint>

#include "ae/arithmetic.h"
#include "device/pack.h"

namespace ae {

#if defined(__CUDACC__)
using Half = __half;

AE_HD Half to_half(float x) {
    return __float2half_rn(x);
}
AE_HD float to_float(Half h) {
    return __half2float(h);
}
#else
struct Half {
    std::uint16_t bits;
};

/// Rounds to the nearest, ties to even.
inline Half to_half(float x) {
    const auto word = bit_cast<std::uint32_t>(x);
    const auto sign = static_cast<std::uint16_t>(word >> 16 & 0x8000u);
    const std::uint32_t magnitude = word & 0x7FFFFFFFu;
    std::uint32_t half = magnitude > 0x7F800000u ? 0x7E00u : 0x7C00u;  // NaN; infinite or too large
    if (magnitude < 0x38800000u)  // below 2⁻¹⁴ halves are the multiples of 2⁻²⁴, as floats are from 0.5 on
        half = bit_cast<std::uint32_t>(bit_cast<float>(magnitude) + 0.5f) - 0x3F000000u;
    else if (magnitude < 0x477FF000u)  // 65,520: what is not below it rounds to infinity
        half = (magnitude + 0xFFFu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
    return {static_cast<std::uint16_t>(sign | half)};
}

inline float to_float(Half h) {
    const float magnitude = bit_cast<float>((h.bits & 0x7FFFu) << 13) * 0x1p112f;  // moves the exponent's bias
    const std::uint32_t infinite_or_nan = magnitude >= 65536.0f ? 0x7F800000u : 0u;
    return bit_cast<float>(bit_cast<std::uint32_t>(magnitude) | infinite_or_nan |
                           static_cast<std::uint32_t>(h.bits & 0x8000u) << 16);
}
#endif

/// Bytes 2·i and 2·i + 1 of a word as a pair of halves, in which they are exact.
AE_HD std::uint32_t half_pair(std::uint32_t bytes, int i) {
#if defined(__CUDA_ARCH__)
    const std::uint32_t above = __byte_perm(bytes, 0x64646464u, i == 0 ? 0x4140u : 0x4342u);
    const __half2 pair = __hsub2(bit_cast<__half2>(above), __half2half2(__ushort_as_half(0x6400)));  // 0x6400 is 1,024
    return bit_cast<std::uint32_t>(pair);
#else
    const auto half = [&](int byte) {
        return bit_cast<std::uint16_t>(to_half(static_cast<float>(bytes >> 8 * byte & 0xFFu)));
    };
    return half(2 * i) | std::uint32_t(half(2 * i + 1)) << 16;
#endif
}

/// Bytes 0 and 1 of two words, in turns: a0 b0 a1 b1.
AE_HD std::uint32_t interleaved(std::uint32_t a, std::uint32_t b) {
#if defined(__CUDA_ARCH__)
    return __byte_perm(a, b, 0x5140u);
#else
    return (a & 0xFFu) | (b & 0xFFu) << 8 | (a & 0xFF00u) << 8 | (b & 0xFF00u) << 16;
#endif
}

/// hi + lo, within 2⁻²² of the value, or 2⁻²⁵ where that is more. Of a value beyond the range of halves both are
/// infinite, with different signs, so that sums of products with them are NaN: an overflow is never taken for a number.
struct SplitHalf {
    Half hi, lo;
};

AE_HD SplitHalf split(float x) {
    const Half hi = to_half(x);
    return {hi, to_half(x - to_float(hi))};
}

/// A matrix in shared memory as two planes of halves. A row is a multiple of 16 bytes, and of an odd number of them
/// where warps read eight rows at once: those then lie in different banks.
template <int kRows, int kStride>
struct Planes {
    static_assert(kStride % 8 == 0);
    alignas(16) Half hi[kRows * kStride];
    alignas(16) Half lo[kRows * kStride];

    AE_HD void set(int row, int col, float x) {
        const SplitHalf s = split(x);
        hi[row * kStride + col] = s.hi;
        lo[row * kStride + col] = s.lo;
    }
    /// Neighbouring elements at once; `col` is a multiple of N.
    template <int N>
    AE_HD void set(int row, int col, const Pack<float, N>& x) {
        Pack<Half, N> high, low;
        for (int i = 0; i < N; ++i) {
            const SplitHalf s = split(x.at[i]);
            high.at[i] = s.hi;
            low.at[i] = s.lo;
        }
        store(hi + row * kStride + col, high);
        store(lo + row * kStride + col, low);
    }
    AE_HD float value(int row, int col) const {
        return to_float(hi[row * kStride + col]) + to_float(lo[row * kStride + col]);
    }
};

/// A matrix of split values in device memory, as two arrays: what one kernel splits, others need not split again.
struct SplitArray {
    Half *hi, *lo;

    AE_HD SplitArray from(std::size_t at) const { return {hi + at, lo + at}; }

    AE_HD void set(std::size_t at, float x) const {
        const SplitHalf s = split(x);
        hi[at] = s.hi;
        lo[at] = s.lo;
    }
};

/// Columns of a plane whose rows are an odd number of 16-byte units, at least `cols` (a multiple of 8).
constexpr int plane_stride(int cols) {
    return cols / 8 % 2 == 1 ? cols : cols + 8;
}

}  // namespace ae
