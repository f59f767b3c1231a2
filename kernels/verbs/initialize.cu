// initialize: the weights that training begins with, by Thrust, outside the step.
//
// The functor is the host's own, so CPU and GPU begin with bit-identical weights.
#include <thrust/execution_policy.h>
#include <thrust/system_error.h>
#include <thrust/tabulate.h>

#include "device/device.h"
#include "verbs/verbs.h"

namespace ae {

void initialize(cudaStream_t stream, Vector<float> w, const Glorot& glorot) {
    try {
        thrust::tabulate(thrust::cuda::par.on(stream), w.data, w.data + w.size, glorot);
    } catch (const thrust::system_error& error) {
        throw_gpu_error(error.what(), Location::current());
    }
}

}  // namespace ae
