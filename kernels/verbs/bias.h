// Kernels that change each element of z [B × F] by itself, with the bias of its column.
//
// One thread an element, in blocks of 32 columns × 8 rows: no division tells a thread its column, a warp reads one line
// of 128 bytes, and 256 × 128 elements are 128 blocks, one for each of an H200's 132 processors. Rows beyond the
// largest grid are taken in turn.
#pragma once
#include "device/device.h"
#include "verbs/verbs.h"

namespace ae {

constexpr int kTileColumns = 32;
constexpr int kTileRows = 8;
constexpr unsigned kMaxGridRows = 1024;  // 8,192 rows: enough blocks for any GPU

template <typename Activation, typename Models>
__global__ void __launch_bounds__(kTileColumns* kTileRows)
    bias_kernel(Matrix<float> z, const float* __restrict__ bias, Activation activation, Models models) {
    const auto model = models[blockIdx.z];
    z.data = model.of(z.data);
    bias = model.of(bias);
    const int col = static_cast<int>(blockIdx.x * kTileColumns + threadIdx.x);
    if (col >= z.cols) return;
    const float b = bias[col];
    for (unsigned row = blockIdx.y * kTileRows + threadIdx.y; row < static_cast<unsigned>(z.rows);
         row += gridDim.y * kTileRows) {
        float& element = z.data[static_cast<std::size_t>(row) * static_cast<std::size_t>(z.cols) + col];
        element = activation(element + b);
    }
}

/// z ← activation(z + bias), the bias of its column to each element.
template <typename Activation>
void add_bias(const ModelStream& on, Matrix<float> z, Vector<float> bias, Activation activation) {
    require_shapes(bias.size == z.cols);
    const unsigned columns = blocks_for(z.cols, kTileColumns), rows = blocks_for(z.rows, kTileRows);
    const dim3 grid(columns, rows < kMaxGridRows ? rows : kMaxGridRows);
    on.with_models([&](auto models) {
        launch(bias_kernel<Activation, decltype(models)>, models.grid(grid), dim3(kTileColumns, kTileRows), 0,
               on.stream, z, bias.data, activation, models);
    });
}

}  // namespace ae
