#include "engine/peaks.h"

#include <algorithm>
#include <vector>

#include "base/stopwatch.h"
#include "base/thread_pool.h"
#include "engine/blas.h"

namespace ae {

namespace {

constexpr double kSeconds = 0.05;  // for each

/// Calls per second, from the fastest call.
template <typename F>
double best_rate(F act) {
    act();
    double fastest = 1e9;
    for (const Stopwatch all; all.seconds() < kSeconds;) {
        const Stopwatch watch;
        act();
        fastest = std::min(fastest, watch.seconds());
    }
    return 1 / fastest;
}

/// Operations per second of a product 512 × 512 × depth.
double product_flops(ThreadPool& pool, int depth) {
    constexpr int kSize = 512;
    std::vector<float> a(static_cast<std::size_t>(kSize) * static_cast<std::size_t>(depth), 0.5f),
        b = a, c(std::size_t(kSize) * kSize);
    const Product<float> product{{c.data(), kSize, kSize}, {a.data(), kSize, depth}, {b.data(), depth, kSize}};
    const int columns = (kSize + pool.threads() - 1) / pool.threads();
    const double rate = best_rate([&] {
        pool.run((kSize + columns - 1) / columns, [&](int i) {
            multiply(product, Tile{0, kSize, i * columns, std::min(columns, kSize - i * columns)});
        });
    });
    return rate * 2 * kSize * kSize * depth;
}

double copied_bytes(ThreadPool& pool) {
    constexpr std::size_t kFloats = std::size_t(1) << 16;  // 256 KiB read, as much written
    const auto threads = static_cast<std::size_t>(pool.threads());
    std::vector<std::vector<float>> from(threads, std::vector<float>(kFloats, 1)), to = from;
    constexpr int kTimes = 16;  // a call; one copy is hardly longer than the hand-over to a thread
    const double rate = best_rate([&] {
        pool.run(pool.threads(), [&](int i) {
            const auto thread = static_cast<std::size_t>(i);
            for (int n = 0; n < kTimes; ++n) std::copy(from[thread].begin(), from[thread].end(), to[thread].begin());
        });
    });
    return rate * kTimes * static_cast<double>(threads * 2 * sizeof(float) * kFloats);
}

}  // namespace

Peaks cpu_peaks(int threads) {
    ThreadPool pool(threads);
    const double flops = std::max(product_flops(pool, 128), product_flops(pool, 512));
    return {flops, 0, copied_bytes(pool), "measured: SGEMM of 512 × 512 × 128 or 512 by OpenBLAS, copies in the cache"};
}

}  // namespace ae
