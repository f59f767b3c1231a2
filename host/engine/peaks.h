// The peaks of a processor, with which a step's times are compared.
#pragma once
#include <algorithm>
#include <string>

#include "ae/engine.h"

namespace ae {

struct Peaks {
    double flops = 0;         ///< a second, single precision
    double tensor_flops = 0;  ///< of tensor cores, 16-bit factors summed in single precision; 0 if there are none
    double bytes_per_s = 0;   ///< read or written
    std::string source;       ///< how they were obtained
};

/// Measured in a fifth of a second: products and copies that stay in the second-level caches. threads: 0 for one a
/// processor.
Peaks cpu_peaks(int threads);

/// Lower bound on a verb's time, in seconds: its bytes or its operations, whichever take longer.
inline double floor_seconds(const Peaks& peaks, const StepVerb& verb) {
    const auto at_best = [](double amount, double rate) { return rate > 0 ? amount / rate : 0; };
    const double computing =
        verb.tensor_flops > 0 ? at_best(verb.tensor_flops, peaks.tensor_flops) : at_best(verb.flops, peaks.flops);
    return std::max(computing, at_best(verb.bytes, peaks.bytes_per_s));
}

}  // namespace ae
