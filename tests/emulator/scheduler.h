// Declarations shared by the scheduler and the calls of the lanes.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "block.h"

namespace simt {

struct Scheduler {
    const std::function<void()>* kernel = nullptr;
    Lane* current = nullptr;
    const char* failure = nullptr;  ///< of the current lane
    std::vector<std::unique_ptr<Lane>> lanes;
    std::deque<Lane*> resting;
    std::vector<void*> shared_memory;  ///< of all blocks of this launch, freed at its end
    std::uint64_t launches = 0;
    std::uint64_t start_sync = 0, end_sync = 0, allocation_sync = 0, fence_sync = 0;  ///< addresses, for sanitizer::
};

Scheduler& scheduler();

/// Unset, until the end of the launch. To be called by the OS thread, or by a lane that acts as it.
void* new_shared_memory(std::size_t bytes);

}  // namespace simt
