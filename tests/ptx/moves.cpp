// mov, with its packing and unpacking of lists, address conversions, and the choice of bytes.
#include "lane_functions.h"
#include "operations.h"

namespace ptx {

namespace {

constexpr std::uint64_t low_bits(std::size_t bits) {
    return bits >= 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << bits) - 1;
}

void unpack(Warp& warp, const Instruction& i, std::uint32_t lanes, std::size_t part_bits) {
    const Lanes from = source(warp, i, 1);
    for (std::size_t n = 0; n < i.operands[0].list.size(); ++n)
        if (const int to = i.operands[0].list[n]; to != Operand::kNone)
            set_lanes(warp, to, lanes, [&](std::size_t l) { return from[l] >> part_bits * n & low_bits(part_bits); });
}

void pack(Warp& warp, const Instruction& i, std::uint32_t lanes, std::size_t part_bits) {
    const std::vector<int>& parts = i.operands[1].list;
    set_lanes(warp, i.destination(), lanes, [&](std::size_t l) {
        std::uint64_t value = 0;
        for (std::size_t n = 0; n < parts.size(); ++n)
            value |= (warp.value(parts[n])[l] & low_bits(part_bits)) << part_bits * n;
        return value;
    });
}

/// {a, b} ← d, d ← {a, b}, or d ← a.
template <std::size_t kBytes>
void move(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const auto part_bits = [&](std::size_t operand) { return 8 * kBytes / i.operands[operand].list.size(); };
    if (i.operands[0].kind == Operand::Kind::list) return unpack(warp, i, lanes, part_bits(0));
    if (i.operands[1].kind == Operand::Kind::list) return pack(warp, i, lanes, part_bits(1));
    const Lanes& a = source(warp, i, 1);
    set_lanes(warp, i.destination(), lanes, [&](std::size_t l) { return a[l] & low_bits(8 * kBytes); });
}

/// Each byte of d is the one of {b, a} that four bits of c name; the fourth spreads its sign over the byte.
constexpr auto kPermute = [](std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    const std::uint64_t both = a | static_cast<std::uint64_t>(b) << 32;
    std::uint32_t result = 0;
    for (int n = 0; n < 4; ++n) {
        const std::uint32_t choice = c >> 4 * n & 15;
        auto byte = static_cast<std::uint32_t>(both >> 8 * (choice & 7) & 0xFF);
        if ((choice & 8) != 0) byte = (byte & 0x80) != 0 ? 0xFF : 0;
        result |= byte << 8 * n;
    }
    return result;
};

}  // namespace

void add_moves(Operations& all) {
    all["mov.pred"] = lane_operation(move<1>, kUnary);
    for (const char* type : {"b16", "u16", "s16"}) all["mov." + std::string(type)] = lane_operation(move<2>, kUnary);
    for (const char* type : {"b32", "u32", "s32", "f32"})
        all["mov." + std::string(type)] = lane_operation(move<4>, kUnary);
    for (const char* type : {"b64", "u64", "s64", "f64"})
        all["mov." + std::string(type)] = lane_operation(move<8>, kUnary);
    // A generic address of global memory is its address there. Those of shared and local memory have no rows for the
    // way from generic addresses back, and no kernel of ours needs them.
    all["cvta.to.global.u64"] = lane_operation(move<8>, kUnary);
    all["cvta.global.u64"] = lane_operation(move<8>, kUnary);
    all["prmt.b32"] = lane_operation(ternary<std::uint32_t, std::uint32_t, kPermute>, kTernary);
}

}  // namespace ptx
