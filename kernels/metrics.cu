// initialize and mean: what happens outside the step, with Thrust.
//
// The functors are the host's own, so CPU and GPU begin with the same weights, bit for bit. Thrust reduces in an order
// that depends only on the length and the GPU: the mean of the same values is the same number.
#include <thrust/execution_policy.h>
#include <thrust/functional.h>
#include <thrust/system_error.h>
#include <thrust/tabulate.h>
#include <thrust/transform_reduce.h>

#include "cuda.h"
#include "verbs.h"

namespace ae {

namespace {

struct ToDouble {
    AE_HD double operator()(float value) const { return value; }
};

/// Runs `body`; an error that Thrust throws becomes one of ours.
template <typename F>
auto with_thrust(F body, Location at = Location::current()) {
    try {
        return body();
    } catch (const thrust::system_error& error) {
        throw_gpu_error(error.what(), at);
    }
}

}  // namespace

void initialize(cudaStream_t stream, Vector<float> w, const Glorot& glorot) {
    with_thrust([&] { thrust::tabulate(thrust::cuda::par.on(stream), w.data, w.data + w.size, glorot); });
}

double mean(cudaStream_t stream, const float* values, std::size_t n) {
    if (n == 0) return 0;
    const double sum = with_thrust([&] {
        return thrust::transform_reduce(thrust::cuda::par.on(stream), values, values + n, ToDouble(), 0.0,
                                        thrust::plus<double>());
    });
    return sum / static_cast<double>(n);
}

}  // namespace ae
