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

    struct Parameter {
        float w, m, v;
    };
    __device__ Parameter load(std::size_t i) const { return {w[i], m[i], v[i]}; }

    /// p: as loaded before.
    __device__ void update(std::size_t i, Parameter p, float summed_gradient) const {
        adam(p.w, p.m, p.v, summed_gradient * mean, c);
        w[i] = p.w;
        m[i] = p.m;
        v[i] = p.v;
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
                at[share][down + TileSum::row_in(a, lane_index(), i)][across + TileSum::col(lane_index(), i)] =
                    sum.value(i);
        }
    }

    __device__ float operator()(int row, int col) const {
        float sum = at[0][row][col];
        for (int share = 1; share < kShares; ++share) sum += at[share][row][col];
        return sum;
    }
};

/// Calls body(row, pack) for all packs of kRows rows, shared out to the threads of a block. A thread keeps its place in
/// a row, so that what follows from that is computed once.
template <int kThreads, int kRows, int kPacks, typename F>
__device__ void for_each_pack(F body) {
    constexpr int kRowsOfPass = kThreads / kPacks;
    static_assert(kPacks <= kThreads);
    const int row = static_cast<int>(threadIdx.x) / kPacks, pack = static_cast<int>(threadIdx.x) % kPacks;
    if (kThreads % kPacks != 0 && row >= kRowsOfPass) return;
#pragma unroll 8
    for (int at = row; at < kRows; at += kRowsOfPass) body(at, pack);
}

/// Four bytes of any type: copies are made of them, since the compiler takes smaller elements apart.
using CopyWord = std::uint32_t;

template <int kBytes, typename T>
__device__ Pack<CopyWord, kBytes / 4> load_bytes(const T* from) {
    return load<kBytes / 4>(reinterpret_cast<const CopyWord*>(from));
}
template <int kWords, typename T>
__device__ void store_bytes(T* to, const Pack<CopyWord, kWords>& pack) {
    store(reinterpret_cast<CopyWord*>(to), pack);
}

/// to ← scale·from[row·pitch + col] for row < valid_rows, col < kCols; zeros in the rest of kTileRows × kPaddedCols.
template <int kThreads, int kCols, int kPaddedCols, int kTileRows, int kStride>
__device__ void load_split(Planes<kTileRows, kStride>& to, const float* from, int pitch, int valid_rows, float scale) {
    static_assert(kPaddedCols <= kStride && kPaddedCols % 4 == 0 && kCols % 4 == 0);
    for_each_pack<kThreads, kTileRows, kPaddedCols / 4>([&](int row, int pack) {
        Pack<float, 4> x{};
        if (row < valid_rows && 4 * pack < kCols) x = load<4>(from + row * pitch + 4 * pack);
        for (float& value : x.at) value *= scale;
        to.set(row, 4 * pack, x);
    });
}

/// to ← from[row·pitch + col] for row < valid_rows, col < kCols; zeros in the rest of kTileRows.
template <int kThreads, int kCols, int kTileRows, int kStride>
__device__ void load_planes(Planes<kTileRows, kStride>& to, const SplitArray& from, int pitch, int valid_rows) {
    constexpr int kPacks = kCols / 8;  // of a plane, 16 bytes each
    static_assert(kCols % 8 == 0 && kCols <= kStride);
    for_each_pack<kThreads, kTileRows, 2 * kPacks>([&](int row, int pack) {
        const int col = pack % kPacks * 8;
        const Half* source = (pack < kPacks ? from.hi : from.lo) + col;
        Half* destination = (pack < kPacks ? to.hi : to.lo) + col;
        Pack<CopyWord, 4> halves{};
        if (row < valid_rows) halves = load_bytes<16>(source + row * pitch);
        store_bytes(destination + row * kStride, halves);
    });
}

/// to[row·pitch + col] ← from for row < valid_rows, col < kCols.
template <int kThreads, int kCols, int kTileRows, int kStride>
__device__ void store_planes(const SplitArray& to, const Planes<kTileRows, kStride>& from, int pitch, int valid_rows) {
    constexpr int kEach = kCols % 8 == 0 ? 8 : 4, kPacks = kCols / kEach;
    static_assert(kCols % kEach == 0 && kCols <= kStride);
    for_each_pack<kThreads, kTileRows, 2 * kPacks>([&](int row, int pack) {
        const int col = pack % kPacks * kEach;
        const Half* source = (pack < kPacks ? from.hi : from.lo) + col;
        Half* destination = (pack < kPacks ? to.hi : to.lo) + col;
        if (row < valid_rows) store_bytes(destination + row * pitch, load_bytes<2 * kEach>(source + row * kStride));
    });
}

/// Adam on the biases first … first + cols, whose gradients are the column sums of dz: a warp for each column.
template <class Net, int kTileRows, int kStride>
__device__ void update_biases(const FusedAdam& model, std::size_t first, const Planes<kTileRows, kStride>& dz,
                              int cols) {
    for (int col = warp_index(); col < cols; col += Net::kWarps) {
        FusedAdam::Parameter own{};
        if (lane_index() == 0) own = model.load(first + col);  // on its way while the rows are added
        float sum = 0;
        for (int row = lane_index(); row < kTileRows; row += kWarp) sum += dz.value(row, col);
        sum = warp_sum(sum);
        if (lane_index() == 0) model.update(first + col, own, sum / kGradientScale);
    }
}

}  // namespace ae
