// A warp while it runs: its registers and where each of its lanes stands.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "instruction.h"

namespace ptx {

/// Lanes that run the same instruction next.
struct Group {
    std::uint32_t lanes = 0;
    std::uint32_t at = 0;
};

/// Where the lanes of a warp stand in the code. One number while they are together, which is nearly always.
class ProgramCounters {
public:
    /// All lanes to one place.
    void set_all(std::uint32_t at) {
        together_ = true;
        common_ = at;
    }
    /// Some of `living` to one place.
    void set(std::uint32_t lanes, std::uint32_t at, std::uint32_t living);
    /// Those of `lanes` that stand first in the code: where structured code parts, the others wait for them to come.
    Group first_of(std::uint32_t lanes) const;

private:
    bool together_ = true;
    std::uint32_t common_ = 0;
    std::array<std::uint32_t, kLanes> each_{};
};

struct Warp {
    int index = 0;  ///< in its block
    std::vector<Lanes> registers;
    std::span<const Lanes> constants;
    Lanes carry{};  ///< the condition code of add.cc and its kind
    std::vector<std::uint8_t> local;
    ProgramCounters counters;
    std::uint32_t living = 0;         ///< lanes that have not ended
    std::uint32_t at_barrier = 0;     ///< lanes that wait for the block
    std::uint32_t at_collective = 0;  ///< lanes that wait for others of the warp
    std::uint32_t barriers = 0;       ///< of the block, passed so far
    std::uint32_t warp_barriers = 0;  ///< bar.warp.sync, passed so far
    bool waited = true;               ///< for the launch before; what does not begin before its end need not
    long issued = 0;                  ///< instructions

    std::uint32_t running() const { return living & ~at_barrier & ~at_collective; }
    int thread(int lane) const { return kLanes * index + lane; }

    /// A register, or a constant.
    const Lanes& value(int at) const {
        return at < Operand::kFirstConstant ? registers[static_cast<std::size_t>(at)]
                                            : constants[static_cast<std::size_t>(at - Operand::kFirstConstant)];
    }
    Lanes& destination(int at) { return registers[static_cast<std::size_t>(at)]; }
};

/// body(lane) for the lanes of a mask.
template <typename Body>
void for_each_lane(std::uint32_t lanes, Body body) {
    for (; lanes != 0; lanes &= lanes - 1) body(std::countr_zero(lanes));
}

/// value(lane) into the register `to` of the lanes of a mask. Computed for all, so that it vectorises.
template <typename Value>
void set_lanes(Warp& warp, int to, std::uint32_t lanes, Value value) {
    Lanes result;
    for (std::size_t l = 0; l < kLanes; ++l) result[l] = value(l);
    Lanes& r = warp.destination(to);
    if (lanes == kAllLanes)
        r = result;
    else
        for_each_lane(lanes, [&](int l) { r[static_cast<std::size_t>(l)] = result[static_cast<std::size_t>(l)]; });
}

}  // namespace ptx
