// For tests: the faults that the emulated runtime injects, and the resources that were not freed.
#pragma once
#include <cstddef>
#include <map>
#include <set>

#include "runtime.h"

namespace emulator {

struct Control {
    long calls = 0;                 ///< of runtime and cuBLAS functions that can fail
    long overlapping_launches = 0;  ///< of kernels that may begin before the one before has ended
    long fail_at = 0;               ///< the call that fails, counted from 1; 0 for none
    bool keep_failing = false;      ///< all later calls fail too
    cudaError_t fail_with = cudaErrorUnknown;

    std::size_t memory_bytes = std::size_t(1) << 32;
    int devices = 1;
    int first_device = 0;                 ///< its number on the machine, where this process sees some of its devices
    int capability = 8;                   ///< compute capability, its major part
    bool has_code = true;                 ///< for this device, in the program
    int ptx_version = 80;                 ///< of the PTX that the code which was loaded comes from
    bool idle_kernels = false;            ///< kernels end at once and have done nothing
    int driver_version = CUDART_VERSION;  ///< 0: no driver is installed

    std::set<int> lt_refused = {};  ///< epilogues for which cublasLt has no algorithm
    int lt_proposals = 3;           ///< algorithms that it has for all others
    bool has_nccl = true;           ///< that works
    int lt_fastest = 0;             ///< the one of them that takes no time on the clock of events
    double clock_ms = 0;            ///< by which that clock is ahead
    double kernel_ms = 0;           ///< by which each kernel sets it ahead
};

/// The state that the next call sees. `control() = {}` is a fresh machine. At first it is what the environment asks
/// for, which is for whole programs: AE_EMULATOR_GPUS, AE_EMULATOR_FAIL_AT and AE_EMULATOR_NCCL (0: it does not work)
/// are devices, fail_at and has_nccl, and CUDA_VISIBLE_DEVICES may name one device.
Control& control();

/// What kernels have asked for, by their addresses. It stays, as on a real machine, until it is cleared.
struct FunctionSettings {
    std::size_t shared_bytes = 48 << 10;  ///< dynamic, the most that a launch may have
    int carveout = -1;                    ///< shared memory's part of a multiprocessor's memory, in percent; -1: any
};
std::map<const void*, FunctionSettings>& functions();

/// What has not been freed. Test that it is the same at the end as at the start.
struct Live {
    std::size_t allocations = 0;
    std::size_t bytes = 0;
    std::size_t handles = 0;  ///< streams, events, graphs, cuBLAS handles

    bool operator==(const Live&) const = default;
};
Live live();

}  // namespace emulator
