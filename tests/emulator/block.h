// A block of a grid while it runs: its threads, what they wait for, its shared memory.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fiber.h"
#include "simt.h"

namespace simt {

struct Block;

enum class Wait : std::uint8_t { nothing, barrier, warp, exited };

/// What a thread brings to an operation of its warp, and takes from it.
struct WarpRequest {
    bool shuffles = false;  ///< false: __syncwarp
    unsigned mask = 0;
    unsigned source = 0;
    std::uint64_t value = 0;
    std::uint64_t result = 0;
};

/// A CUDA thread. Named after its place in a warp, to tell it from threads of the operating system.
struct Lane {
    explicit Lane(void (*main)()) : fiber(main) {}

    Fiber fiber;
    Block* block = nullptr;
    uint3 thread{};
    unsigned index = 0;     ///< in its block
    unsigned barriers = 0;  ///< passed so far
    Wait wait = Wait::nothing;
    int line = 0;  ///< where it waits
    WarpRequest request;

    unsigned in_warp() const { return index % kWarp; }
};

struct SharedArray {
    const void* key = nullptr;
    void* memory = nullptr;
};

struct Block {
    static constexpr std::size_t kMaxArrays = 16;
    static constexpr std::size_t kMaxWarps = 32;

    uint3 index{};
    std::vector<Lane*> lanes;
    void* dynamic_shared = nullptr;
    std::array<SharedArray, kMaxArrays> arrays{};
    std::size_t array_count = 0;
    std::size_t shared_bytes = 0;
    std::size_t shared_limit = 0;

    // Addresses for the race detector. Two of each, so that a fast lane's next synchronisation is not mixed with the
    // last one of a slow lane.
    std::array<std::uint64_t, 2> barrier_sync{};
    std::array<std::array<std::uint64_t, 2>, kMaxWarps> warp_sync{};
    std::array<unsigned, kMaxWarps> warp_syncs{};

    std::span<Lane* const> warp(unsigned w) const {
        const std::size_t first = std::size_t(w) * kWarp;
        return std::span(lanes).subspan(first, std::min<std::size_t>(kWarp, lanes.size() - first));
    }
    unsigned warps() const { return unsigned((lanes.size() + kWarp - 1) / kWarp); }

    /// Lets go the lanes whose warp operation or barrier is complete; false where there is none. Throws Error where
    /// one can never complete.
    bool release_waiting();

private:
    bool release_warp(unsigned w);
    bool release_barrier();
};

/// " block (0,0,0) thread (5,0,0) at line 31"
std::string where(const Lane& lane);

}  // namespace simt
