// Who runs kernels: the scheduler, or what a test puts in its place. ../ptx/ puts an interpreter of PTX there.
#pragma once
#include <cstddef>

#include "runtime.h"

namespace emulator {

class Executor {
public:
    virtual ~Executor() = default;

    virtual void run(const cudaLaunchConfig_t& config, const KernelCall& call) = 0;

    // What becomes of device memory meanwhile. The host has written to it, or (unset) put back what it held when it was
    // allocated.
    virtual void allocated(const void* memory, std::size_t bytes) = 0;
    virtual void freed(const void* memory) = 0;
    virtual void written(const void* memory, std::size_t bytes) = 0;
    virtual void unset(const void* memory, std::size_t bytes) = 0;
};

/// The one in the scheduler's place, null where there is none. To be set while no device memory is allocated.
Executor*& executor();

/// Tells it, where there is one, that device memory was written by what is no kernel.
inline void note_written(const void* memory, std::size_t bytes) {
    if (executor() != nullptr) executor()->written(memory, bytes);
}

}  // namespace emulator
