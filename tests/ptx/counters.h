// The costs of a kernel: instructions of warps, and accesses to memory against the least that they could take.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "module.h"

namespace ptx {

/// Addresses of the lanes of a warp in one access.
struct LaneAddresses {
    std::array<std::uint64_t, kLanes> at{};
    std::uint32_t lanes = 0;  ///< those that take part
    int bytes = 0;            ///< of each
};

/// How often shared memory is asked: a bank gives four bytes at a time, so words of one bank come one after the other.
/// Accesses of 8 and 16 bytes are made by half and by a quarter of a warp at once.
int wavefronts(const LaneAddresses& access);
/// Were there no two words of one bank.
int least_wavefronts(const LaneAddresses& access);

/// Pieces of 32 bytes that an access to global memory touches; and how many its bytes would fill.
int sectors(const LaneAddresses& access);
int least_sectors(const LaneAddresses& access);

/// The counts of a kernel, over all of its launches.
struct Counters {
    long launches = 0, blocks = 0;
    long instructions = 0;  ///< of warps
    long longest_warp = 0;  ///< instructions of the warp that ran most
    long shared_wavefronts = 0, least_shared_wavefronts = 0;
    long global_accesses = 0, sectors = 0, least_sectors = 0;
    std::vector<long> times;  ///< of each instruction of the kernel

    void count_shared(const LaneAddresses& access);
    void count_global(const LaneAddresses& access);
};

/// How often each mnemonic was issued, and each line of source.
std::map<std::string, long> by_mnemonic(const Counters& counters, const Kernel& kernel);
std::map<Place, long> by_source(const Counters& counters, const Kernel& kernel);

}  // namespace ptx
