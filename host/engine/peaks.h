// What a processor can do at most: what a step's times are held against.
#pragma once
#include <algorithm>
#include <string>

#include "ae/engine.h"
#include "engine/thread_pool.h"

namespace ae {

struct Peaks {
    double flops = 0;         ///< a second, single precision
    double tensor_flops = 0;  ///< of tensor cores, 16-bit factors summed in single precision; 0 where there are none
    double bytes_per_s = 0;   ///< read or written
    std::string source;       ///< how they are known
};

/// Measured in a fifth of a second: products and copies that stay in the second-level caches.
Peaks cpu_peaks(ThreadPool& pool);

/// Seconds which a verb cannot take less than: its bytes or its operations, whichever takes longer.
inline double floor_seconds(const Peaks& peaks, const StepVerb& verb) {
    const auto at_best = [](double amount, double rate) { return rate > 0 ? amount / rate : 0; };
    const double computing =
        verb.tensor_flops > 0 ? at_best(verb.tensor_flops, peaks.tensor_flops) : at_best(verb.flops, peaks.flops);
    return std::max(computing, at_best(verb.bytes, peaks.bytes_per_s));
}

}  // namespace ae
