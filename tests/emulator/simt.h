// Between kernels and the scheduler: what a CUDA thread may ask for while it runs, and how a grid is run.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>

struct uint3 {
    unsigned x, y, z;
};
struct dim3 : uint3 {
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : uint3{a, b, c} {}
};
inline uint3 threadIdx, blockIdx;  // of the thread that runs now
inline dim3 blockDim, gridDim;

namespace simt {

inline constexpr unsigned kWarp = 32;
inline constexpr std::size_t kSharedBytes = 48 << 10;      // of a block, without asking for more
inline constexpr std::size_t kMostSharedBytes = 99 << 10;  // with; the least that GPUs from sm_80 on have

/// A kernel did what no GPU would forgive.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Whether a GPU would take a launch of this form.
bool can_run(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, std::size_t limit = kSharedBytes);

/// Runs `kernel` once for every thread of the grid. Throws Error.
void run(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, const std::function<void()>& kernel);

/// The seed of the random order, from $AE_EMULATOR_SEED: 0 forward, 1 reverse, otherwise random.
std::uint64_t seed();

// --- called by kernels; `line` is the line of the call
/// Ends the launch with an Error that says what, and which thread it was.
[[noreturn]] void fail(const char* what);
void barrier(int line);
void sync_warp(unsigned mask, int line);
/// `value` as lane `source` of the warp gives it.
std::uint64_t shuffle(unsigned mask, std::uint64_t value, unsigned source, int line);
unsigned lane_in_warp();
/// The array of this block that belongs to the declaration at `key`.
void* shared_array(const void* key, std::size_t bytes);
void* dynamic_shared();
void fence();

}  // namespace simt
