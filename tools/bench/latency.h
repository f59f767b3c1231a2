// Helpers that the parts of latency_bench share: launches with an attribute, medians, lines of output.
#pragma once
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "device/device.h"

namespace ae {

constexpr int kRepeats = 15, kWarmUps = 3;
constexpr int kTimes = 2000;  // edges, barriers or exchanges within one repeat

struct Grid {
    int blocks = 1, threads = 1;
    std::size_t shared_bytes = 0;
};

template <typename... P>
void launch_as(cudaLaunchAttribute attribute, void (*kernel)(P...), Grid grid, cudaStream_t stream,
               std::type_identity_t<P>... args) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(grid.blocks));
    config.blockDim = dim3(static_cast<unsigned>(grid.threads));
    config.dynamicSmemBytes = grid.shared_bytes;
    config.stream = stream;
    config.attrs = &attribute;
    config.numAttrs = 1;
    check(cudaLaunchKernelEx(&config, kernel, args...));
}

inline cudaLaunchAttribute cooperative() {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeCooperative;
    attribute.val.cooperative = 1;
    return attribute;
}

/// Microseconds that what `body` sends to the stream takes there, divided by kTimes: the median.
template <typename F>
double time_one(const Stream& stream, F&& body) {
    const Event begin = make_timing_event(), end = make_timing_event();
    std::vector<float> milliseconds;
    for (int i = 0; i < kWarmUps + kRepeats; ++i) {
        check(cudaEventRecord(begin, stream));
        body();
        check(cudaEventRecord(end, stream));
        check(cudaEventSynchronize(end));
        float ms = 0;
        check(cudaEventElapsedTime(&ms, begin, end));
        if (i >= kWarmUps) milliseconds.push_back(ms);
    }
    std::nth_element(milliseconds.begin(), milliseconds.begin() + kRepeats / 2, milliseconds.end());
    return 1e3 * milliseconds[kRepeats / 2] / kTimes;
}

inline void say(const std::string& what, double microseconds) {
    std::printf("%-62s %8.3f us\n", what.c_str(), microseconds);
    std::fflush(stdout);
}

/// A barrier of the grid, in two ways.
void time_grid_barriers(const cudaDeviceProp& device, const Stream& stream);

/// The copy of a data set to the device, in three ways.
void time_staging(const Stream& stream);

/// An exchange of partial sums between all blocks, through the L2 cache.
void time_exchange(const cudaDeviceProp& device, const Stream& stream);

}  // namespace ae
