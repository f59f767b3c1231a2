// initialize: the weights that training begins with, outside the step.
//
// w [n] ← Glorot's uniform numbers, by the host's own formula, so that CPU and GPU begin with bit-identical weights.
// Writes 4 bytes an element and reads nothing; a thread for each, since none needs another. thrust::tabulate does the
// same, and its headers take longer to compile than all other verbs together.
#include "device/device.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

constexpr int kInitializeThreads = 256;

}  // namespace

__global__ void __launch_bounds__(kInitializeThreads) initialize_kernel(Vector<float> w, Glorot glorot) {
    const std::size_t i = blockIdx.x * std::size_t(kInitializeThreads) + threadIdx.x;
    if (i < static_cast<std::size_t>(w.size)) w.data[i] = glorot(i);
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

void initialize(cudaStream_t stream, Vector<float> w, const Glorot& glorot) {
    if (w.size == 0) return;
    launch(initialize_kernel, blocks_for(static_cast<std::size_t>(w.size), kInitializeThreads), kInitializeThreads, 0,
           stream, w, glorot);
}

}  // namespace ae
