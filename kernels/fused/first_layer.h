// The first layer, by the blocks that own its weights: dW1 and Adam of one step (phase E), F1 of the next (phase A).
//
// A block owns the weights from 112 pixels to 8 units and is the only one that reads or writes them: what E computes
// goes straight into A, in shared memory, and to global memory for whoever evaluates. Pixels stay bytes until tensor
// cores take them, as halves, in which they are exact: both products take two instructions instead of three.
//
//   E  reads the last batch's bytes [B × 112], dz1 [B × 8], w, m, v [112 × 8]; writes w, m, v, and b1 where block = 0
//   A  reads the batch's bytes [B × 112]; writes its partial sum of z1 [B × 8]
//
// At 256 rows: 25 KB of bytes twice and 8 KB of dz1 in, 8 KB of z1 out, 9 KB of parameters each way.
#pragma once
#include "device/tile.h"
#include "fused/net.h"
#include "fused/parameters.h"
#include "fused/pixels.h"

namespace ae {

/// 76 KB at 256 rows: 57 of pixels, 12 of split values, 7 of sums.
template <class Net>
struct FirstLayerShared {
    alignas(16) std::uint8_t previous[Net::kBlockBytes];  ///< pixels of the two batches
    alignas(16) std::uint8_t current[Net::kBlockBytes];
    Planes<Net::kBlockDepth, Net::kUnits> weight;
    Planes<Net::kRows, Net::kUnits> dz;
    GradientSums<Net, Net::kBlockDepth / 16, 1> gradient;
};

struct FirstLayerTile {
    int unit;   ///< the first
    int block;  ///< of pixels

    template <class Net>
    AE_HD static FirstLayerTile of(unsigned id) {
        const int i = static_cast<int>(id);
        return {i / Net::kPixelBlocks * Net::kUnits, i % Net::kPixelBlocks};
    }
    /// Place of its first weight in the flat array.
    template <class Net>
    AE_HD std::size_t first_weight() const {
        return Net::kWeight1 + static_cast<std::size_t>(block) * Net::kBlockPixels * Net::kHidden + unit;
    }
};

/// Phase E: dW1 = Xᵀ·dz1 of the step before, of `rows` rows, and Adam. Leaves the new weights split in s.weight.
/// s.previous is written, without a barrier; ends with one.
template <class Net>
__device__ void update_first_layer(const FusedArguments& a, FirstLayerShared<Net>& s, FirstLayerTile tile, int rows) {
    const auto adam = FusedAdam::of<Net>(a, rows);
    TileParameters<Net::kThreads, Net::kBlockPixels, Net::kUnits> own(adam, tile.first_weight<Net>(), Net::kHidden);
    begin_after_kernel_before();
    load_planes<Net::kThreads, Net::kUnits>(s.dz, a.scratch.dz1.from(tile.unit), Net::kHidden, rows);
    __syncthreads();

    s.gradient.fill(byte_operand<true>(s.previous, Net::kPixelPitch), split_operand<false>(s.dz));
    if (tile.block == 0) update_biases<Net>(adam, Net::kBias1 + tile.unit, s.dz, Net::kUnits);
    __syncthreads();

    own.update(
        adam, [&](int pixel, int unit) { return s.gradient(pixel, unit) * (1 / (kPixelScale * kGradientScale)); },
        [&](int pixel, int unit, float w) { s.weight.set(pixel, unit, w * kWeightScale); });
    constexpr int kUsed = Net::kBlockPixels * Net::kUnits, kAll = Net::kBlockDepth * Net::kUnits;
    for (int i = kUsed + static_cast<int>(threadIdx.x); i < kAll; i += Net::kThreads)
        s.weight.set(i / Net::kUnits, i % Net::kUnits, 0);
    __syncthreads();
}

/// In place of phase E where no step came before: the weights as they are.
template <class Net>
__device__ void load_first_layer(const FusedArguments& a, FirstLayerShared<Net>& s, FirstLayerTile tile) {
    load_split<Net::kThreads, Net::kUnits, Net::kUnits>(s.weight, a.w + tile.first_weight<Net>(), Net::kHidden,
                                                        Net::kBlockPixels, kWeightScale);
}

/// Phase A: z1 = X·W1 over the block's pixels, a warp for 16 rows. s.current and s.weight are written, and the block
/// has passed a barrier.
template <class Net>
__device__ void forward_first_layer(const FusedArguments& a, FirstLayerShared<Net>& s, FirstLayerTile tile, int rows) {
    const int row = warp_index() * 16;
    if (row >= rows) return;
    const auto pixels = byte_operand<false>(s.current, Net::kPixelPitch).block(row, 0);
    const TileSum sum = tile_product<Net::kBlockDepth>(pixels, split_operand<false>(s.weight));
    const int own_row = tile.block * Net::kRows + row + TileSum::row(lane_index(), 0);
    float* to = a.scratch.z1 + own_row * Net::kHidden + tile.unit + TileSum::col(lane_index(), 0);
    store(to, Pack<float, 2>{{sum.value(0), sum.value(1)}});
    store(to + TileSum::row(0, 2) * Net::kHidden, Pack<float, 2>{{sum.value(2), sum.value(3)}});
}

}  // namespace ae
