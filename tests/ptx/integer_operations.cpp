// Integers and bits. Sums and products are those of unsigned integers, whatever the sign of their type; what depends on
// the sign takes the type itself.
#include <bit>
#include <type_traits>

#include "lane_functions.h"
#include "operations.h"

namespace ptx {

namespace {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

template <typename T>
using Unsigned = std::make_unsigned_t<T>;

/// Twice as wide, for high halves of products.
template <typename T>
using Double = std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, Wide, UnsignedWide>,
                                  std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

/// The type of a wide product.
template <typename T>
using Product = std::conditional_t<sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>,
                                   std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

constexpr auto kAdd = [](auto a, auto b) { return a + b; };
constexpr auto kSubtract = [](auto a, auto b) { return a - b; };
constexpr auto kMultiply = [](auto a, auto b) { return static_cast<std::uint64_t>(a) * b; };
constexpr auto kMultiplyAdd = [](auto a, auto b, auto c) { return static_cast<std::uint64_t>(a) * b + c; };
constexpr auto kMinimum = [](auto a, auto b) { return a < b ? a : b; };
constexpr auto kMaximum = [](auto a, auto b) { return a > b ? a : b; };
constexpr auto kNegative = [](auto a) { return decltype(a)(0) - a; };
constexpr auto kAnd = [](auto a, auto b) { return a & b; };
constexpr auto kOr = [](auto a, auto b) { return a | b; };
constexpr auto kExclusiveOr = [](auto a, auto b) { return a ^ b; };
constexpr auto kNot = [](auto a) { return ~a; };
constexpr auto kNotOfPredicate = [](auto a) { return !(a & 1); };
constexpr auto kZeros = [](auto a) { return std::countl_zero(a); };
constexpr auto kOnes = [](auto a) { return std::popcount(a); };

template <typename T>
constexpr auto kHigh = [](T a, T b) { return static_cast<T>(Double<T>(a) * Double<T>(b) >> 8 * sizeof(T)); };
template <typename T>
constexpr auto kHighAdd =
    [](T a, T b, T c) { return static_cast<Unsigned<T>>(kHigh<T>(a, b)) + static_cast<Unsigned<T>>(c); };
template <typename T>
constexpr auto kWideProduct = [](T a, T b) { return Product<T>(Product<T>(a) * Product<T>(b)); };
template <typename T>
constexpr auto kWideMultiplyAdd = [](T a, T b, Product<T> c) {
    return static_cast<Unsigned<Product<T>>>(kWideProduct<T>(a, b)) + static_cast<Unsigned<Product<T>>>(c);
};

/// The ISA does not say what a division by 0 gives: all ones, as hardware gives. -1 apart, since -(least) overflows.
template <typename T>
constexpr auto kQuotient = [](T a, T b) {
    if (b == 0) return T(-1);
    if (std::is_signed_v<T> && b == T(-1)) return static_cast<T>(kNegative(static_cast<Unsigned<T>>(a)));
    return T(a / b);
};
template <typename T>
constexpr auto kRemainder = [](T a, T b) {
    if (b == 0) return a;
    return std::is_signed_v<T> && b == T(-1) ? T(0) : T(a % b);
};
template <typename T>
constexpr auto kMagnitude =
    [](T a) { return a < 0 ? kNegative(static_cast<Unsigned<T>>(a)) : static_cast<Unsigned<T>>(a); };

/// Shifts take 32 bits of a distance; one beyond the width moves everything out.
template <typename T, bool kLeft>
void shift(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const Lanes &a = source(warp, i, 1), &b = source(warp, i, 2);
    set_lanes(warp, i.destination(), lanes, [&](std::size_t l) {
        constexpr std::uint32_t kBits = 8 * sizeof(T);
        const auto distance = static_cast<std::uint32_t>(b[l]);
        const T value = value_of<T>(a[l]);
        if (distance >= kBits) return bits_of<T>(!kLeft && value < T(0) ? T(-1) : T(0));
        return bits_of<T>(kLeft ? static_cast<T>(value << distance) : static_cast<T>(value >> distance));
    });
}

template <typename T>
void add_arithmetic(Operations& all, const std::string& type) {
    using U = Unsigned<T>;
    all["add." + type] = lane_operation(binary<U, U, kAdd>, kBinary);
    all["sub." + type] = lane_operation(binary<U, U, kSubtract>, kBinary);
    all["mul.lo." + type] = lane_operation(binary<U, U, kMultiply>, kBinary);
    all["mul.hi." + type] = lane_operation(binary<T, T, kHigh<T>>, kBinary);
    all["mad.lo." + type] = lane_operation(ternary<U, U, kMultiplyAdd>, kTernary);
    all["mad.hi." + type] = lane_operation(ternary<T, T, kHighAdd<T>>, kTernary);
    all["div." + type] = lane_operation(binary<T, T, kQuotient<T>>, kBinary);
    all["rem." + type] = lane_operation(binary<T, T, kRemainder<T>>, kBinary);
    all["min." + type] = lane_operation(binary<T, T, kMinimum>, kBinary);
    all["max." + type] = lane_operation(binary<T, T, kMaximum>, kBinary);
    all["shr." + type] = lane_operation(shift<T, false>, kBinary);
    if constexpr (std::is_signed_v<T>) {
        all["neg." + type] = lane_operation(unary<U, U, kNegative>, kUnary);
        all["abs." + type] = lane_operation(unary<U, T, kMagnitude<T>>, kUnary);
    }
    if constexpr (sizeof(T) < 8) {
        all["mul.wide." + type] = lane_operation(binary<Product<T>, T, kWideProduct<T>>, kBinary);
        all["mad.wide." + type] = lane_operation(ternary<Product<T>, T, kWideMultiplyAdd<T>>, kTernary);
    }
}

template <typename T>
void add_logic(Operations& all, const std::string& type) {
    all["and." + type] = lane_operation(binary<T, T, kAnd>, kBinary);
    all["or." + type] = lane_operation(binary<T, T, kOr>, kBinary);
    all["xor." + type] = lane_operation(binary<T, T, kExclusiveOr>, kBinary);
    all["not." + type] = lane_operation(unary<T, T, kNot>, kUnary);
    all["shl." + type] = lane_operation(shift<T, true>, kBinary);
    all["shr." + type] = lane_operation(shift<T, false>, kBinary);
}

}  // namespace

void add_integer_operations(Operations& all) {
    add_arithmetic<std::int16_t>(all, "s16");
    add_arithmetic<std::uint16_t>(all, "u16");
    add_arithmetic<std::int32_t>(all, "s32");
    add_arithmetic<std::uint32_t>(all, "u32");
    add_arithmetic<std::int64_t>(all, "s64");
    add_arithmetic<std::uint64_t>(all, "u64");
    add_logic<std::uint8_t>(all, "pred");
    add_logic<std::uint16_t>(all, "b16");
    add_logic<std::uint32_t>(all, "b32");
    add_logic<std::uint64_t>(all, "b64");
    all["not.pred"] = lane_operation(unary<std::uint8_t, std::uint8_t, kNotOfPredicate>, kUnary);
    all["clz.b32"] = lane_operation(unary<std::uint32_t, std::uint32_t, kZeros>, kUnary);
    all["clz.b64"] = lane_operation(unary<std::uint32_t, std::uint64_t, kZeros>, kUnary);
    all["popc.b32"] = lane_operation(unary<std::uint32_t, std::uint32_t, kOnes>, kUnary);
    all["popc.b64"] = lane_operation(unary<std::uint32_t, std::uint64_t, kOnes>, kUnary);
}

}  // namespace ptx
