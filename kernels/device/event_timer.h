// The time that work takes on the device.
#pragma once
#include <algorithm>
#include <array>

#include "device/device.h"

namespace ae {

/// Milliseconds that `launch` takes, launched `times` in a row: the median of a few samples. The launches are recorded
/// and replayed, or those of short kernels would time the host. `launch` must have run before.
template <typename F>
float median_milliseconds(cudaStream_t stream, F launch, int times = 10) {
    constexpr std::size_t kSamples = 5;
    const Graph launches = capture(stream, [&] {
        for (int i = 0; i < times; ++i) launch();
    });
    const Event begin = make_timing_event(), end = make_timing_event();
    std::array<float, kSamples> samples{};
    for (float& sample : samples) {
        check(cudaEventRecord(begin, stream));
        launches.launch(stream);
        check(cudaEventRecord(end, stream));
        check(cudaEventSynchronize(end));
        check(cudaEventElapsedTime(&sample, begin, end));
    }
    std::nth_element(samples.begin(), samples.begin() + kSamples / 2, samples.end());
    return samples[kSamples / 2] / static_cast<float>(times);
}

}  // namespace ae
