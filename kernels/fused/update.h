// dW and Adam of layers 2, 3 and 4: a block for a tile of 16 rows of W.
//
// dW = hᵀ·dz over the rows of the batch, h [B × 16] of the layer below, dz [B × kColumns], both split already. With 56
// columns 16 warps share 7 tiles of 8 and two halves of the rows, with 32 (W2, W3) 4 tiles and four quarters.
//
//   reads h, dz, w, m, v; writes w, m, v, and the biases of its columns where the tile is in W's first rows
//
// At 256 rows and 56 columns: 16 + 56 KB of operands, 11 KB of parameters in and out.
#pragma once
#include "device/tile.h"
#include "fused/net.h"
#include "fused/parameters.h"

namespace ae {

/// 89 KB at 256 rows and 56 columns, 74 KB at 32.
template <class Net, int kColumns>
struct UpdateShared {
    Planes<Net::kRows, plane_stride(16)> below;
    Planes<Net::kRows, plane_stride(kColumns)> dz;
    GradientSums<Net, 1, kColumns / 8> gradient;
};

/// A layer's tensors, in a kernel.
struct UpdateLayer {
    SplitArray below;  ///< h [B × fan_in]; older than the kernel before
    SplitArray dz;     ///< [B × fan_out]
    int fan_in, fan_out;
    std::size_t weight, bias;  ///< places in the flat array
};

struct UpdateTile {
    int row, col;  ///< of W

    template <int kColumns>
    AE_HD static UpdateTile of(unsigned id, int fan_out) {
        const int i = static_cast<int>(id), across = fan_out / kColumns;
        return {i / across * 16, i % across * kColumns};
    }
};

/// dW and Adam of W[tile.row … + 16, tile.col … + kColumns]. Leaves dz in shared memory.
template <class Net, int kColumns>
__device__ void update_weights(const FusedAdam& adam, UpdateShared<Net, kColumns>& s, const UpdateLayer& layer,
                               const UpdateTile& tile, int rows) {
    const std::size_t first = layer.weight + static_cast<std::size_t>(tile.row) * layer.fan_out + tile.col;
    TileParameters<Net::kThreads, 16, kColumns> own(adam, first, layer.fan_out);
    load_planes<Net::kThreads, 16>(s.below, layer.below.from(tile.row), layer.fan_in, rows);
    begin_after_kernel_before();
    load_planes<Net::kThreads, kColumns>(s.dz, layer.dz.from(tile.col), layer.fan_out, rows);
    __syncthreads();

    s.gradient.fill(split_operand<true>(s.below), split_operand<false>(s.dz));
    __syncthreads();

    own.update(
        adam, [&](int row, int col) { return s.gradient(row, col) * (1 / (kActivationScale * kGradientScale)); },
        [](int, int, float) {});
}

/// A tile of W2 or W3, with the biases of its columns.
template <class Net>
__device__ void update_middle_layer(const FusedArguments& a, UpdateShared<Net, Net::kMiddleColumns>& s,
                                    const UpdateLayer& layer, unsigned id, int rows) {
    const auto adam = FusedAdam::of<Net>(a, rows);
    const auto tile = UpdateTile::of<Net::kMiddleColumns>(id, layer.fan_out);
    update_weights<Net, Net::kMiddleColumns>(adam, s, layer, tile, rows);
    if (tile.row == 0) update_biases<Net>(adam, layer.bias + tile.col, s.dz, Net::kMiddleColumns);
}

/// The tiles of W2, then those of W3.
template <class Net>
__device__ void update_middle_layers(const FusedArguments& a, UpdateShared<Net, Net::kMiddleColumns>& s, unsigned id,
                                     int rows) {
    const FusedScratch& t = a.scratch;
    if (id < Net::kUpdate2Blocks)
        update_middle_layer<Net>(a, s, {t.split_h1, t.dz2, Net::kHidden, Net::kCode, Net::kWeight2, Net::kBias2}, id,
                                 rows);
    else
        update_middle_layer<Net>(a, s, {t.split_h2, t.dz3, Net::kCode, Net::kHidden, Net::kWeight3, Net::kBias3},
                                 id - Net::kUpdate2Blocks, rows);
}

/// A tile of W4; the biases' gradients are there already, summed over 16 rows each.
template <class Net>
__device__ void update_layer4(const FusedArguments& a, UpdateShared<Net, Net::kLastColumns>& s, unsigned id, int rows) {
    const auto adam = FusedAdam::of<Net>(a, rows);
    const auto tile = UpdateTile::of<Net::kLastColumns>(id, Net::kPixels);
    update_weights<Net, Net::kLastColumns>(
        adam, s, {a.scratch.split_h3, a.scratch.dz4, Net::kHidden, Net::kPixels, Net::kWeight4, Net::kBias4}, tile,
        rows);
    if (tile.row != 0) return;
    for (int col = static_cast<int>(threadIdx.x); col < Net::kLastColumns; col += Net::kThreads) {
        const FusedAdam::Parameter own = adam.load(Net::kBias4 + tile.col + col);
        float sum = 0;
        for (unsigned group = 0; group < Net::row_tiles(rows); ++group)
            sum += a.scratch.db4[group * Net::kPixels + tile.col + col];
        adam.update(Net::kBias4 + tile.col + col, own, sum);
    }
}

}  // namespace ae
