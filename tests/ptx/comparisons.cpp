// setp: comparisons into predicates; selp: a choice by one.
#include <cmath>

#include "lane_functions.h"
#include "operations.h"

namespace ptx {

namespace {

constexpr auto kEqual = [](auto a, auto b) { return a == b; };  // false with a NaN, as C++ has it
constexpr auto kLess = [](auto a, auto b) { return a < b; };
constexpr auto kLessEqual = [](auto a, auto b) { return a <= b; };
constexpr auto kGreater = [](auto a, auto b) { return a > b; };
constexpr auto kGreaterEqual = [](auto a, auto b) { return a >= b; };
constexpr auto kDiffer = [](auto a, auto b) { return a < b || a > b; };  // false with a NaN
constexpr auto kNumbers = [](auto a, auto b) { return a == a && b == b; };

/// True with a NaN, otherwise as f.
template <auto f>
constexpr auto kOrUnordered = [](auto a, auto b) { return a != a || b != b || f(a, b); };
constexpr auto kNever = [](auto, auto) { return false; };

template <typename T, auto f>
void add(Operations& all, const std::string& name, const std::string& type) {
    all["setp." + name + "." + type] = lane_operation(binary<std::uint8_t, T, f>, kBinary);
}

template <typename T>
void add_ordered(Operations& all, const std::string& type) {
    add<T, kEqual>(all, "eq", type);
    add<T, kDiffer>(all, "ne", type);
    add<T, kLess>(all, "lt", type);
    add<T, kLessEqual>(all, "le", type);
    add<T, kGreater>(all, "gt", type);
    add<T, kGreaterEqual>(all, "ge", type);
}

template <typename T>
void add_unordered(Operations& all, const std::string& type) {
    add<T, kOrUnordered<kEqual>>(all, "equ", type);
    add<T, kOrUnordered<kDiffer>>(all, "neu", type);
    add<T, kOrUnordered<kLess>>(all, "ltu", type);
    add<T, kOrUnordered<kLessEqual>>(all, "leu", type);
    add<T, kOrUnordered<kGreater>>(all, "gtu", type);
    add<T, kOrUnordered<kGreaterEqual>>(all, "geu", type);
    add<T, kNumbers>(all, "num", type);
    add<T, kOrUnordered<kNever>>(all, "nan", type);
}

/// d ← c ? a : b, whatever the type.
void select(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const Lanes &a = source(warp, i, 1), &b = source(warp, i, 2), &c = source(warp, i, 3);
    set_lanes(warp, i.destination(), lanes, [&](std::size_t l) { return (c[l] & 1) != 0 ? a[l] : b[l]; });
}

}  // namespace

void add_comparisons(Operations& all) {
    add_ordered<std::int16_t>(all, "s16");
    add_ordered<std::uint16_t>(all, "u16");
    add_ordered<std::uint16_t>(all, "b16");
    add_ordered<std::int32_t>(all, "s32");
    add_ordered<std::uint32_t>(all, "u32");
    add_ordered<std::uint32_t>(all, "b32");
    add_ordered<std::int64_t>(all, "s64");
    add_ordered<std::uint64_t>(all, "u64");
    add_ordered<std::uint64_t>(all, "b64");
    add_ordered<float>(all, "f32");
    add_ordered<double>(all, "f64");
    add_unordered<float>(all, "f32");
    add_unordered<double>(all, "f64");
    for (const char* type : {"b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"})
        all["selp." + std::string(type)] = lane_operation(select, kTernary);
}

}  // namespace ptx
