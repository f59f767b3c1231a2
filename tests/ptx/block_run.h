// Runs the blocks of a launch, one after the other, each warp in lock step.
//
// A warp goes on until it waits at a barrier or ends; then the next has its turn. Where lanes of a warp have parted,
// those that stand first in the code run, and the others wait for them to come.
#pragma once
#include <vector>

#include "counters.h"
#include "findings.h"
#include "global_memory.h"
#include "shared_memory.h"
#include "tensor_core.h"
#include "warp.h"

namespace ptx {

struct Extent {
    std::uint32_t x = 1, y = 1, z = 1;
    std::uint32_t volume() const { return x * y * z; }
};

struct Launch {
    const Module& module;
    const Kernel& kernel;
    Extent grid, block;
    int dynamic_shared = 0;
    std::vector<std::uint8_t> parameters;  ///< as the kernel's list of them lays them out
    std::uint32_t number = 0;              ///< of the launch, from 1
    bool overlaps = false;                 ///< with the launch before, until it waits for that
};

/// What a launch works on and adds to.
struct Surroundings {
    GlobalMemory& memory;
    Findings& findings;
    Counters& counters;
    Rounding rounding = Rounding::exact;
};

class BlockRun {
public:
    BlockRun(const Launch& launch, const Surroundings& surroundings);

    /// Throws Error where a kernel does what stops a GPU, or what the ISA leaves undefined.
    void run(std::uint32_t block);

private:
    // block_run.cpp: whose turn it is
    void begin(Warp& warp);
    std::uint64_t special(Special which, std::uint32_t thread) const;
    void step(Warp& warp);
    void release_collective(Warp& warp);
    void issue(Warp& warp, const Instruction& i, Group group);
    std::uint32_t passing_guard(const Warp& warp, const Instruction& i, std::uint32_t lanes) const;
    bool must_wait(const Warp& warp, const Instruction& i, std::uint32_t lanes) const;
    void execute(Warp& warp, const Instruction& i, std::uint32_t lanes);

    // memory_access.cpp
    void access(Warp& warp, const Instruction& i, std::uint32_t lanes);
    LaneAddresses addresses(const Warp& warp, const Instruction& i, std::uint32_t lanes) const;
    std::uint8_t* memory_of(Warp& warp, const Instruction& i, int lane, std::uint64_t address);
    std::uint8_t* shared_memory(Warp& warp, const Instruction& i, int lane, std::uint64_t address, int bytes);
    std::uint8_t* global_memory(Warp& warp, const Instruction& i, int lane, std::uint64_t address, int bytes);

    // collectives.cpp: what the lanes of a warp do together
    void shuffle(Warp& warp, const Instruction& i, std::uint32_t lanes);
    void load_matrix(Warp& warp, const Instruction& i);
    void multiply(Warp& warp, const Instruction& i);

    Site site(const Warp& warp, const Instruction& i, int lane = -1) const;
    void report(const char* what, const Warp& warp, const Instruction& i, int lane);
    [[noreturn]] void fail(const std::string& what, const Warp& warp, const Instruction& i, int lane = -1) const;

    const Launch& launch_;
    Surroundings around_;
    std::vector<Lanes> constants_;
    std::vector<Warp> warps_;
    SharedMemory shared_;
    std::uint32_t block_ = 0;  ///< its number in the grid
};

/// Runs a whole grid.
void run_grid(const Launch& launch, const Surroundings& surroundings);

}  // namespace ptx
