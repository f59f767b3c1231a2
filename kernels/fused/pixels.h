// The pixels of a batch: gathered from the training set once, for all blocks of the two kernels that read them.
//
// They lie by block of pixels, so that a block of K1 finds its own in one piece, and one of K3 its 16 rows. They are
// gathered one step ahead, beside the last layer.
#pragma once
#include "fused/net.h"
#include "fused/parameters.h"

namespace ae {

template <class Net>
struct GatherShared {
    std::uint32_t images[Net::kRowTile];
};

/// Rows first_row … first_row + 16 of a step's batch, by one block; zeros where the batch has no image. What lies
/// between a block's pixels and the pitch stays as it is: zero.
template <class Net>
__device__ void gather_rows(const FusedArguments& a, GatherShared<Net>& s, std::uint64_t step, int first_row) {
    const Order& order = a.schedule.order;
    const int rows = static_cast<int>(order.rows(step)) - first_row, thread = static_cast<int>(threadIdx.x);
    if (thread < Net::kRowTile && thread < rows)
        s.images[thread] = order.image(step, static_cast<std::uint32_t>(first_row + thread));
    __syncthreads();

    constexpr int kBytes = Net::kPixelBytes;
    for_each_pack<Net::kThreads, Net::kRowTile, Net::kPixels / kBytes>([&](int row, int pack) {
        const int pixel = pack * kBytes;
        std::uint8_t* block = a.block_pixels<Net>(step, pixel / Net::kBlockPixels);
        Pack<CopyWord, kBytes / 4> bytes{};
        if (row < rows)
            bytes = load_bytes<kBytes>(a.images + static_cast<std::size_t>(s.images[row]) * Net::kPixels + pixel);
        store_bytes(block + (first_row + row) * Net::kPixelPitch + pixel % Net::kBlockPixels, bytes);
    });
}

/// to ← the pixels of a block, of all rows.
template <class Net>
__device__ void load_pixels(std::uint8_t* to, const std::uint8_t* from) {
#pragma unroll 4
    for (int at = 16 * static_cast<int>(threadIdx.x); at < Net::kBlockBytes; at += 16 * Net::kThreads)
        store_bytes(to + at, load_bytes<16>(from + at));
}

}  // namespace ae
