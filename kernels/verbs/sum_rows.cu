// sum_rows: y [F] ← column sums of x [B × F], the bias gradient of the output layer.
//
// Reads x once: 0.80 MB for 256 × 784. A block of 8 columns × 64 rows at a time, as in activation_grad.cu: 98 blocks,
// four rows a thread, a fixed order.
#include "device/reduce.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

template <typename Models>
__global__ void __launch_bounds__(kColumnThreads)
    sum_rows_kernel(float* __restrict__ y, const float* __restrict__ x, int rows, int cols, Models models) {
    const auto model = models[blockIdx.z];
    y = model.of(y);
    x = model.of(x);
    const int col = static_cast<int>(blockIdx.x * kColumns + threadIdx.x);
    float sum = 0;
    if (col < cols) {
#pragma unroll 4
        for (int row = static_cast<int>(threadIdx.y); row < rows; row += kRowsAtOnce)
            sum += x[static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) + col];
    }
    sum = column_sum(sum);
    if (threadIdx.y == 0 && col < cols) y[col] = sum;
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

void sum_rows(const ModelStream& on, Vector<float> y, Matrix<float> x) {
    require_shapes(y.size == x.cols);
    on.with_models([&](auto models) {
        launch(sum_rows_kernel<decltype(models)>, models.grid(blocks_for(x.cols, kColumns)),
               dim3(kColumns, kRowsAtOnce), 0, on.stream, y.data, x.data, x.rows, x.cols, models);
    });
}

}  // namespace ae
