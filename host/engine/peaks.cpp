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

/// Operations per second where every thread has a product of its own, size × size × depth, whose operands stay in its
/// cache.
double product_flops(ThreadPool& pool, int size, int depth) {
    const auto threads = static_cast<std::size_t>(pool.threads());
    const auto n = static_cast<std::size_t>(size), k = static_cast<std::size_t>(depth);
    const std::vector<float> a(n * k, 0.5f), b = a;
    std::vector<std::vector<float>> c(threads, std::vector<float>(n * n));
    constexpr int kTimes = 4;  // a call; one product is hardly longer than the hand-over to a thread
    const double rate = best_rate([&] {
        pool.run(pool.threads(), [&](int i) {
            float* out = c[static_cast<std::size_t>(i)].data();
            for (int t = 0; t < kTimes; ++t)
                multiply(Product<float>{{out, size, size}, {a.data(), size, depth}, {b.data(), depth, size}},
                         Tile{0, size, 0, size});
        });
    });
    return rate * kTimes * static_cast<double>(threads) * 2 * size * size * depth;
}

/// By a loop, not by the C library's memcpy: on a Zen 3 that takes an instruction which is ten times as slow where both
/// arrays begin at the same place of a page.
double copied_bytes(ThreadPool& pool) {
    constexpr std::size_t kFloats = std::size_t(1) << 15;  // 128 KiB read, as much written
    const auto threads = static_cast<std::size_t>(pool.threads());
    std::vector<std::vector<float>> from(threads, std::vector<float>(kFloats, 1)), to = from;
    constexpr int kTimes = 32;
    const double rate = best_rate([&] {
        pool.run(pool.threads(), [&](int i) {
            const auto thread = static_cast<std::size_t>(i);
            for (int n = 0; n < kTimes; ++n)
                std::transform(from[thread].begin(), from[thread].end(), to[thread].begin(),
                               [n](float x) { return x + static_cast<float>(n); });
        });
    });
    return rate * kTimes * static_cast<double>(threads * 2 * sizeof(float) * kFloats);
}

}  // namespace

Peaks cpu_peaks(int threads) {
    ThreadPool pool(threads);
    const double flops = std::max(product_flops(pool, 192, 128), product_flops(pool, 192, 256));
    return {flops, 0, copied_bytes(pool), "measured: products of 192 × 192 sums, copies, each in a thread's own cache"};
}

}  // namespace ae
