// Sums, differences and products that hand a carry from one to the next: integers of more than 32 bits, 32 at a time.
#include "lane_functions.h"
#include "operations.h"

namespace ptx {

namespace {

enum class Way { add, subtract, low_product, high_product };

struct Terms {
    std::uint64_t a, b, c;  ///< 32 bits of each operand; of a sum or difference c is 0
};

template <Way kWay>
std::uint64_t combine(const Terms& t, std::uint64_t carry) {
    if constexpr (kWay == Way::add) return t.a + t.b + carry;
    if constexpr (kWay == Way::subtract) return t.a - t.b - carry;
    if constexpr (kWay == Way::low_product) return (t.a * t.b & 0xFFFFFFFFu) + t.c + carry;
    return (t.a * t.b >> 32) + t.c + carry;
}

/// Bit 32 of the result is the carry, or the borrow.
template <Way kWay, bool kTakes, bool kGives>
void with_carry(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    constexpr bool kHasThird = kWay == Way::low_product || kWay == Way::high_product;
    const auto term = [&](std::size_t operand, std::size_t lane) {
        return source(warp, i, operand)[lane] & 0xFFFFFFFFu;
    };
    Lanes& result = warp.destination(i.destination());
    for_each_lane(lanes, [&](int lane) {
        const auto l = static_cast<std::size_t>(lane);
        const Terms terms{term(1, l), term(2, l), kHasThird ? term(3, l) : 0};
        const std::uint64_t value = combine<kWay>(terms, kTakes ? warp.carry[l] : 0);
        if (kGives) warp.carry[l] = value >> 32 & 1;
        result[l] = value & 0xFFFFFFFFu;
    });
}

/// The three forms of a kind: the first of a chain, those within, the last.
template <Way kWay>
void add_chain(Operations& all, const std::string& name, const std::string& part, std::size_t operands) {
    for (const char* type : {".u32", ".s32"}) {
        all[name + part + ".cc" + type] = lane_operation(with_carry<kWay, false, true>, operands);
        all[name + "c" + part + ".cc" + type] = lane_operation(with_carry<kWay, true, true>, operands);
        all[name + "c" + part + type] = lane_operation(with_carry<kWay, true, false>, operands);
    }
}

}  // namespace

void add_carry_operations(Operations& all) {
    add_chain<Way::add>(all, "add", "", kBinary);
    add_chain<Way::subtract>(all, "sub", "", kBinary);
    add_chain<Way::low_product>(all, "mad", ".lo", kTernary);
    add_chain<Way::high_product>(all, "mad", ".hi", kTernary);
    // The high part of a product of signed numbers is another.
    for (const char* name : {"mad.hi.cc.s32", "madc.hi.cc.s32", "madc.hi.s32"}) all.erase(name);
}

}  // namespace ptx
