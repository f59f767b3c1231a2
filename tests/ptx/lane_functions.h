// Functions of one, two and three values as functions of a warp.
#pragma once
#include "instruction.h"
#include "warp.h"

namespace ptx {

inline const Lanes& source(const Warp& warp, const Instruction& instruction, std::size_t operand) {
    return warp.value(instruction.operand(operand));
}

/// d ← f(a), with a of type From and d of type To.
template <typename To, typename From, auto f>
void unary(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const Lanes& a = source(warp, i, 1);
    set_lanes(warp, i.destination(), lanes, [&](std::size_t l) { return bits_of<To>(To(f(value_of<From>(a[l])))); });
}

/// d ← f(a, b), all of one type but for d.
template <typename To, typename From, auto f>
void binary(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const Lanes &a = source(warp, i, 1), &b = source(warp, i, 2);
    set_lanes(warp, i.destination(), lanes,
              [&](std::size_t l) { return bits_of<To>(To(f(value_of<From>(a[l]), value_of<From>(b[l])))); });
}

/// d ← f(a, b, c), c and d of type To.
template <typename To, typename From, auto f>
void ternary(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const Lanes &a = source(warp, i, 1), &b = source(warp, i, 2), &c = source(warp, i, 3);
    set_lanes(warp, i.destination(), lanes, [&](std::size_t l) {
        return bits_of<To>(To(f(value_of<From>(a[l]), value_of<From>(b[l]), value_of<To>(c[l]))));
    });
}

constexpr std::size_t kUnary = 2, kBinary = 3, kTernary = 4;  ///< operands of such an instruction

inline Operation lane_operation(LaneFunction function, std::size_t operands) {
    return {.kind = Operation::Kind::lanes, .operands = operands, .function = function};
}

}  // namespace ptx
