// The last layer, for 16 rows and a block of pixels: F4, the loss and its gradient, dX4 (phase C).
//
// The block's part of W4 lies split in shared memory and serves both products: rows of it are B of the first, columns
// of it B of the second. dz4 goes from one to the other without leaving the block; dW4 finds it in global memory.
//
//   reads h3 [16 × H], W4 [H × 112], b4, the batch's bytes [16 × 112]; writes dz4 [16 × 112] and sums over what the
//   block has: losses of rows, columns of dz4, da3 = dz4·W4ᵀ [16 × H]
//
// For 128 units: 8 KB of h3, 50 KB of W4 and 1.5 KB of bytes in, 6 + 8 KB out.
#pragma once
#include "device/tile.h"
#include "fused/net.h"
#include "fused/parameters.h"

namespace ae {

/// 79 KB for 128 units and 112 pixels: 61 of W4, 9 of h3, 8 of dz4.
template <class Net>
struct LastLayerShared {
    Planes<Net::kHidden, Net::kPixelStride> weight;
    Planes<Net::kRowTile, plane_stride(Net::kHidden)> below;
    Planes<Net::kRowTile, Net::kPixelStride> dz;
    float losses[Net::kBlockTiles][Net::kRowTile];
};

/// The rows and pixels of a block.
struct LastLayerTile {
    int first_row, block, first_pixel;

    template <class Net>
    AE_HD static LastLayerTile of(unsigned id) {
        const int i = static_cast<int>(id), block = i % Net::kPixelBlocks;
        return {i / Net::kPixelBlocks * Net::kRowTile, block, block * Net::kBlockPixels};
    }
};

/// Logits, losses and dz4 of 16 rows × 8 pixels, by a warp. What lies beyond the batch or the block is zero. pixels:
/// those of the block.
template <class Net>
__device__ void last_layer_forward(const FusedArguments& a, LastLayerShared<Net>& s, const LastLayerTile& tile,
                                   const std::uint8_t* pixels, int eighth, int rows) {
    const int lane = lane_index(), col = 8 * eighth + TileSum::col(lane, 0), pixel = tile.first_pixel + col;
    const bool inside = col < Net::kBlockPixels;  // with its neighbour: the number of pixels is even
    Pack<float, 2> bias{};
    if (inside) bias = load<2>(a.w + Net::kBias4 + pixel);
    Pack<std::uint8_t, 2> bytes[2];
    for (int half = 0; half < 2; ++half)
        bytes[half] = load<2>(pixels + (tile.first_row + TileSum::row(lane, 2 * half)) * Net::kPixelPitch + col);

    const auto weight = split_operand<false>(s.weight).block(0, 8 * eighth);
    const TileSum sum = tile_product<Net::kHidden>(split_operand<false>(s.below), weight);

    Bce<float> e[4];  // all of them first, so that they are computed side by side
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const float z = sum.value(i) * (1 / (kActivationScale * kWeightScale)) + bias.at[i % 2];
        e[i] = bce(z, ae::pixel<float>(bytes[i / 2].at[i % 2]));
    }
    Pack<float, 2> column_sums{};
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const int tile_row = TileSum::row(lane, 2 * half), row = tile.first_row + tile_row;
        Pack<float, 2> dz{};
        float loss = 0;
        if (inside && row < rows) {
            for (int i = 0; i < 2; ++i) {
                loss += e[2 * half + i].loss;
                dz.at[i] = e[2 * half + i].dlogit;
                column_sums.at[i] += dz.at[i];
            }
        }
        s.dz.set(tile_row, col, Pack<float, 2>{{dz.at[0] * kGradientScale, dz.at[1] * kGradientScale}});
        for (int distance = 1; distance < 4; distance *= 2) loss += __shfl_xor_sync(kAllLanes, loss, distance);
        if (lane % 4 == 0) s.losses[eighth][tile_row] = loss;
    }
    for (float& x : column_sums.at) x = warp_sum(x, 4);
    if (inside && lane < 4) store(a.scratch.db4 + tile.first_row / Net::kRowTile * Net::kPixels + pixel, column_sums);
}

/// Phase C of the tile.
template <class Net>
__device__ void last_layer(const FusedArguments& a, LastLayerShared<Net>& s, const LastLayerTile& tile, int rows) {
    constexpr int kH = Net::kHidden, kThreads = Net::kThreads, kWritten = 8 * Net::kBlockTiles;
    load_split<kThreads, Net::kBlockPixels, Net::kBlockDepth>(s.weight, a.w + Net::kWeight4 + tile.first_pixel,
                                                              Net::kPixels, kH, kWeightScale);
    begin_after_kernel_before();
    const std::uint8_t* pixels = a.block_pixels<Net>(a.schedule.clock->step - 1, tile.block);
    load_planes<kThreads, kH>(s.below, a.scratch.split_h3.from(tile.first_row * kH), kH, rows - tile.first_row);
    for (int i = static_cast<int>(threadIdx.x); i < Net::kRowTile * (Net::kBlockDepth - kWritten); i += kThreads)
        s.dz.set(i % Net::kRowTile, kWritten + i / Net::kRowTile, 0);
    __syncthreads();

    for (int eighth = warp_index(); eighth < Net::kBlockTiles; eighth += Net::kWarps)
        last_layer_forward<Net>(a, s, tile, pixels, eighth, rows);
    __syncthreads();

    store_planes<kThreads, Net::kBlockPixels>(a.scratch.dz4.from(tile.first_row * Net::kPixels + tile.first_pixel),
                                              s.dz, Net::kPixels, rows - tile.first_row);
    const int thread = static_cast<int>(threadIdx.x);
    if (thread < Net::kRowTile && tile.first_row + thread < rows) {
        float loss = 0;
        for (int eighth = 0; eighth < Net::kBlockTiles; ++eighth) loss += s.losses[eighth][thread];
        a.scratch.losses[tile.block * Net::kRows + tile.first_row + thread] = loss;
    }
    for (int unit = 8 * warp_index(); unit < kH; unit += 8 * Net::kWarps) {
        const auto weight = split_operand<true>(s.weight).block(0, unit);
        const TileSum sum = tile_product<Net::kBlockDepth>(split_operand<false>(s.dz), weight);
        const int row = tile.block * Net::kRows + tile.first_row + TileSum::row(lane_index(), 0);
        float* to = a.scratch.da3 + row * kH + unit + TileSum::col(lane_index(), 0);
        store(to, Pack<float, 2>{{sum.value(0), sum.value(1)}});
        store(to + TileSum::row(0, 2) * kH, Pack<float, 2>{{sum.value(2), sum.value(3)}});
    }
}

}  // namespace ae
