// Gradients of weights over a batch, and Adam on the tile of weights that a block owns.
#pragma once
#include "device/reduce.h"
#include "device/tile.h"
#include "fused/net.h"

namespace ae {

/// Turns a gradient of the summed loss into a new parameter. Passed by value, so that the clock is read once.
struct FusedAdam {
    float *w, *m, *v;
    AdamCoefficients<float> c;
    float mean;  ///< 1/(B·P)

    template <class Net>
    __device__ static FusedAdam of(const FusedArguments& a, int rows) {
        auto c = AdamCoefficients<float>::of(a.schedule.adam, StepCounter());
        c.step_size = static_cast<float>(a.schedule.clock->step_size);
        return {a.w, a.m, a.v, c, 1.0f / (static_cast<float>(rows) * Net::kPixels)};
    }

    __device__ void update(std::size_t i, float summed_gradient) const {
        float w_i = w[i], m_i = m[i], v_i = v[i];
        adam(w_i, m_i, v_i, summed_gradient * mean, c);
        w[i] = w_i;
        m[i] = m_i;
        v[i] = v_i;
    }
};

/// A tile [kTileRows × kTileCols] of a weight matrix with its moments, in registers: loaded before the products that
/// give its gradient, which hide how long that takes.
template <int kThreads, int kTileRows, int kTileCols>
struct TileParameters {
    static constexpr int kSize = kTileRows * kTileCols;
    static constexpr int kEach = (kSize + kThreads - 1) / kThreads;

    std::size_t first;  ///< place of the tile's first element in the flat array
    int pitch;          ///< columns of the whole matrix
    float w[kEach] = {}, m[kEach] = {}, v[kEach] = {};

    __device__ TileParameters(const FusedAdam& model, std::size_t first_element, int columns)
        : first(first_element), pitch(columns) {
        for_each([&](int n, std::size_t i, int, int) {
            w[n] = model.w[i];
            m[n] = model.m[i];
            v[n] = model.v[i];
        });
    }

    /// gradient(row, col): of the summed loss; after(row, col, w) sees the new weight.
    template <typename Gradient, typename After>
    __device__ void update(const FusedAdam& model, Gradient gradient, After after) {
        for_each([&](int n, std::size_t i, int row, int col) {
            adam(w[n], m[n], v[n], gradient(row, col) * model.mean, model.c);
            model.w[i] = w[n];
            model.m[i] = m[n];
            model.v[i] = v[n];
            after(row, col, w[n]);
        });
    }

private:
    template <typename F>
    __device__ void for_each(F body) const {
#pragma unroll
        for (int n = 0; n < kEach; ++n) {
            const int element = static_cast<int>(threadIdx.x) + n * kThreads;
            if (element >= kSize) return;
            const int row = element / kTileCols, col = element % kTileCols;
            body(n, first + static_cast<std::size_t>(row) * pitch + col, row, col);
        }
    }
};

/// The gradient [16·kTilesDown × 8·kTilesAcross] = Aᵀ·D over the rows of a batch. Where there are more warps than
/// tiles each takes a share of the rows; the shares are added in their order.
template <class Net, int kTilesDown, int kTilesAcross>
struct GradientSums {
    static constexpr int kTiles = kTilesDown * kTilesAcross;
    static constexpr int shares(int n) {
        return 2 * n * kTiles <= Net::kWarps && Net::kRows / (2 * n) % 16 == 0 ? shares(2 * n) : n;
    }
    static constexpr int kShares = shares(1);
    static constexpr int kDepth = Net::kRows / kShares;

    float at[kShares][16 * kTilesDown][8 * kTilesAcross];

    /// a: element (i, row), d: element (row, j). To be followed by a barrier.
    template <typename A, typename D>
    __device__ void fill(const A& a, const D& d) {
        for (int item = warp_index(); item < kTiles * kShares; item += Net::kWarps) {
            const int share = item / kTiles, down = item % kTiles / kTilesAcross * 16, across = item % kTilesAcross * 8;
            const TileSum sum = tile_product<kDepth>(a.block(down, share * kDepth), d.block(share * kDepth, across));
            for (int i = 0; i < 4; ++i)
                at[share][down + TileSum::row(lane_index(), i)][across + TileSum::col(lane_index(), i)] = sum.value(i);
        }
    }

    __device__ float operator()(int row, int col) const {
        float sum = at[0][row][col];
        for (int share = 1; share < kShares; ++share) sum += at[share][row][col];
        return sum;
    }
};

/// to ← scale·from[row·pitch + col] for row < valid_rows, col < kCols; zeros in the rest of kTileRows × kPaddedCols.
template <int kThreads, int kCols, int kPaddedCols, int kTileRows, int kStride>
__device__ void load_split(Planes<kTileRows, kStride>& to, const float* from, int pitch, int valid_rows, float scale) {
    constexpr int kPairs = kPaddedCols / 2;
    static_assert(kPaddedCols <= kStride && kPaddedCols % 2 == 0 && kCols % 2 == 0);
#pragma unroll 7
    for (int i = static_cast<int>(threadIdx.x); i < kTileRows * kPairs; i += kThreads) {
        const int row = i / kPairs, col = i % kPairs * 2;
        Pack<float, 2> x{};
        if (row < valid_rows && col < kCols) x = load<2>(from + static_cast<std::size_t>(row) * pitch + col);
        to.set(row, col, {x.at[0] * scale, x.at[1] * scale});
    }
}

/// Adam on the biases first … first + cols, whose gradients are the column sums of dz: a warp for each column.
template <class Net, int kTileRows, int kStride>
__device__ void update_biases(const FusedAdam& model, std::size_t first, const Planes<kTileRows, kStride>& dz,
                              int cols) {
    for (int col = warp_index(); col < cols; col += Net::kWarps) {
        float sum = 0;
        for (int row = lane_index(); row < kTileRows; row += kWarp) sum += dz.value(row, col);
        sum = warp_sum(sum);
        if (lane_index() == 0) model.update(first + col, sum / kGradientScale);
    }
}

}  // namespace ae
