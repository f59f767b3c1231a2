// What a processor can do at most: what a step's times are held against.
#pragma once
#include <string>

#include "engine/thread_pool.h"

namespace ae {

struct Peaks {
    double flops = 0;        ///< a second, single precision
    double bytes_per_s = 0;  ///< read or written
    std::string source;      ///< how they are known
};

/// Measured in a tenth of a second: a product of 512 × 512 matrices, copies that stay in the second-level cache.
Peaks cpu_peaks(ThreadPool& pool);

/// Seconds below which work of so many operations and bytes cannot take.
inline double floor_seconds(const Peaks& peaks, double flops, double bytes) {
    const double computing = peaks.flops > 0 ? flops / peaks.flops : 0;
    const double moving = peaks.bytes_per_s > 0 ? bytes / peaks.bytes_per_s : 0;
    return computing > moving ? computing : moving;
}

}  // namespace ae
