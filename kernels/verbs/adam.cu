// adam: one launch updates all parameters of all layers, which lie in one flat array, as do g, m and v.
//
// w, m, v ← Adam(g), Keras' form. 218,192 parameters: reads four arrays, writes three, 3.5 + 2.6 MB.
//
// One thread for four parameters, four 16-byte loads and three stores: 54,548 threads in 214 blocks, more than one for
// each processor, and all loads of a thread under way at once. The step size comes from the StepCounter in device
// memory; the other coefficients never change and are arguments, so no thread computes in double.
#include "device/device.h"
#include "device/pack.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

constexpr int kAdamThreads = 256;

struct AdamArrays {
    float *w, *m, *v;
    const float* g;
};

template <int N>
__device__ void update(const AdamArrays& arrays, std::size_t i, const AdamCoefficients<float>& c) {
    auto w = load<N>(arrays.w + i), m = load<N>(arrays.m + i), v = load<N>(arrays.v + i);
    const auto g = load<N>(arrays.g + i);
    for (int j = 0; j < N; ++j) adam(w.at[j], m.at[j], v.at[j], g.at[j], c);
    store(arrays.w + i, w);
    store(arrays.m + i, m);
    store(arrays.v + i, v);
}

}  // namespace

template <int N, typename Models>
__global__ void __launch_bounds__(kAdamThreads)
    adam_kernel(AdamArrays arrays, std::size_t size, AdamCoefficients<float> c, const StepCounter* clock,
                Models models) {
    const auto model = models[blockIdx.z];
    arrays = {model.of(arrays.w), model.of(arrays.m), model.of(arrays.v), model.of(arrays.g)};
    c = model.of(c);
    c.step_size = static_cast<float>(model.of(clock)->step_size);
    const std::size_t first = (blockIdx.x * std::size_t(kAdamThreads) + threadIdx.x) * N;
    if (first + N <= size) {
        update<N>(arrays, first, c);
    } else {
        for (std::size_t i = first; i < size; ++i) update<1>(arrays, i, c);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

void adam(const ModelStream& on, Vector<float> w, Vector<float> m, Vector<float> v, Vector<float> g,
          const Schedule& schedule) {
    require_shapes(w.size == m.size && w.size == v.size && w.size == g.size);
    const bool fours = in_fours(0, w.data, m.data, v.data, g.data);
    const auto size = static_cast<std::size_t>(w.size);
    on.with_models([&](auto models) {
        using Models = decltype(models);
        launch(fours ? adam_kernel<4, Models> : adam_kernel<1, Models>,
               models.grid(blocks_for(size, kAdamThreads * (fours ? 4 : 1))), kAdamThreads, 0, on.stream,
               AdamArrays{w.data, m.data, v.data, g.data}, size,
               AdamCoefficients<float>::of(schedule.adam, StepCounter()), schedule.clock, models);
    });
}

}  // namespace ae
