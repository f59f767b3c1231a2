// The operations of owners of rows: partial sums of the blocks added up, and products with the small layers' weights
// held in registers. A thread loads its 16 weights of a layer before it knows what to multiply them with, and uses each
// for all of the block's rows.
#pragma once
#include "device/reduce.h"
#include "fused/net.h"

namespace ae {

/// Element (row, unit) of [kPixelBlocks × kRows × H] partial sums, added by block.
template <class Net>
__device__ float sum_blocks(const float* by_block, int row, int unit) {
    constexpr int kBlockSize = Net::kRows * Net::kHidden;
    const float* at = by_block + row * Net::kHidden + unit;
    float sum = at[0];
#pragma unroll
    for (int block = 1; block < Net::kPixelBlocks; ++block) sum += at[block * kBlockSize];
    return sum;
}

/// x·W for the block's rows: a thread holds the weights from a share of W's rows to one of its columns.
template <class Net, int kIn, int kOut>
struct ColumnShare {
    static constexpr int kShares = Net::kThreads / kOut, kDepth = kIn / kShares;
    static_assert(kDepth * kShares == kIn);

    float w[kDepth];

    __device__ explicit ColumnShare(const float* weight) {
#pragma unroll
        for (int k = 0; k < kDepth; ++k) w[k] = weight[(first() + k) * kOut + column()];
    }

    /// sums[row] ← this thread's share; sum_of_shares() adds them after a barrier.
    __device__ void store_shares(float (&sums)[Net::kOwnRows][Net::kThreads],
                                 const float (&x)[Net::kOwnRows][kIn]) const {
        for (int row = 0; row < Net::kOwnRows; ++row) {
            float sum = 0;
#pragma unroll
            for (int k = 0; k < kDepth; ++k) sum = fmaf(x[row][first() + k], w[k], sum);
            sums[row][threadIdx.x] = sum;
        }
    }
    __device__ static float sum_of_shares(const float (&sums)[Net::kOwnRows][Net::kThreads], int row, int out) {
        float sum = sums[row][out];
#pragma unroll
        for (int share = 1; share < kShares; ++share) sum += sums[row][share * kOut + out];
        return sum;
    }
    /// The column of everything that this thread computes, shares and their sums.
    __device__ static int column() {
        return static_cast<int>(threadIdx.x) % kOut;
    }

private:
    __device__ static int first() {
        return static_cast<int>(threadIdx.x) / kOut * kDepth;
    }
};

/// x·Wᵀ: neighbouring threads hold one row of W between them, in packs of four, and add their sums by shuffles.
template <class Net, int kIn, int kOut>
struct RowShare {
    static constexpr int kShares = Net::kThreads / kOut, kPacks = kIn / (4 * kShares);
    static_assert(kPacks * 4 * kShares == kIn && kShares >= Net::kOwnRows && kShares <= kWarp);

    Pack<float, 4> w[kPacks];

    __device__ explicit RowShare(const float* weight) {
#pragma unroll
        for (int p = 0; p < kPacks; ++p) w[p] = load<4>(weight + out() * kIn + col(p));
    }

    /// The element of values [rows × kOut] for which this thread calls store(); 0 for a thread that calls none.
    __device__ static float output_of(const float* values, int first_row, int rows) {
        const int row = first_row + share();
        return share() < Net::kOwnRows && row < rows ? values[row * kOut + out()] : 0;
    }

    /// store(row, out, sum) is called once for each element of the product.
    template <typename Store>
    __device__ void multiply(const float (&x)[Net::kOwnRows][kIn], Store store_sum) const {
        for (int row = 0; row < Net::kOwnRows; ++row) {
            float sum = 0;
#pragma unroll
            for (int p = 0; p < kPacks; ++p)
                for (int i = 0; i < 4; ++i) sum = fmaf(x[row][col(p) + i], w[p].at[i], sum);
            for (int distance = kShares / 2; distance > 0; distance /= 2)
                sum += __shfl_xor_sync(kAllLanes, sum, distance);
            if (share() == row) store_sum(row, out(), sum);
        }
    }

private:
    __device__ static int out() {
        return static_cast<int>(threadIdx.x) / kShares;
    }
    __device__ static int share() {
        return static_cast<int>(threadIdx.x) % kShares;
    }
    __device__ static int col(int pack) {
        return (pack * kShares + share()) * 4;
    }
};

}  // namespace ae
