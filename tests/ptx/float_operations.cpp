// Floating point: what the ISA defines to the bit. Approximate functions (ex2.approx, …) and .ftz have no rows, so that
// a kernel that uses them is refused and not run wrongly.
#include <cmath>

#include "lane_functions.h"
#include "operations.h"

namespace ptx {

namespace {

constexpr auto kAdd = [](auto a, auto b) { return a + b; };
constexpr auto kSubtract = [](auto a, auto b) { return a - b; };
constexpr auto kMultiply = [](auto a, auto b) { return a * b; };
constexpr auto kDivide = [](auto a, auto b) { return a / b; };
constexpr auto kFused = [](auto a, auto b, auto c) { return std::fma(a, b, c); };
constexpr auto kMinimum = [](auto a, auto b) { return std::fmin(a, b); };  // of a NaN and a number: the number
constexpr auto kMaximum = [](auto a, auto b) { return std::fmax(a, b); };
constexpr auto kNegative = [](auto a) { return -a; };
constexpr auto kMagnitude = [](auto a) { return std::fabs(a); };
constexpr auto kRoot = [](auto a) { return std::sqrt(a); };
constexpr auto kReciprocal = [](auto a) { return 1 / a; };

/// What a unit for approximations may give: subnormal numbers are taken for 0, and every other result is one unit in
/// the last place away from the right one, so that what holds here does not hang on a unit that is better.
template <auto f>
constexpr auto kApproximate = [](float a) {
    const auto flushed = [](float x) { return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x; };
    const float right = flushed(f(flushed(a)));
    return std::isfinite(right) && right != 0 ? std::nextafter(right, right * 2) : right;
};
constexpr auto kReciprocalRoot = [](float a) { return static_cast<float>(1 / std::sqrt(static_cast<double>(a))); };

/// f of both halves of a pair. Sums, differences and products of halves are exact in double.
template <auto f>
constexpr auto kOfPair = [](std::uint32_t a, std::uint32_t b) {
    const auto one = [&](int n) {
        const double x = half_to_float(static_cast<std::uint16_t>(a >> 16 * n));
        const double y = half_to_float(static_cast<std::uint16_t>(b >> 16 * n));
        return static_cast<std::uint32_t>(float_to_half(static_cast<float>(f(x, y))));
    };
    return one(0) | one(1) << 16;
};

template <typename T>
void add_arithmetic(Operations& all, const std::string& type) {
    for (const char* rounding : {".", ".rn."}) {
        all["add" + (rounding + type)] = lane_operation(binary<T, T, kAdd>, kBinary);
        all["sub" + (rounding + type)] = lane_operation(binary<T, T, kSubtract>, kBinary);
        all["mul" + (rounding + type)] = lane_operation(binary<T, T, kMultiply>, kBinary);
    }
    all["div.rn." + type] = lane_operation(binary<T, T, kDivide>, kBinary);
    all["fma.rn." + type] = lane_operation(ternary<T, T, kFused>, kTernary);
    all["min." + type] = lane_operation(binary<T, T, kMinimum>, kBinary);
    all["max." + type] = lane_operation(binary<T, T, kMaximum>, kBinary);
    all["neg." + type] = lane_operation(unary<T, T, kNegative>, kUnary);
    all["abs." + type] = lane_operation(unary<T, T, kMagnitude>, kUnary);
    all["sqrt.rn." + type] = lane_operation(unary<T, T, kRoot>, kUnary);
    all["rcp.rn." + type] = lane_operation(unary<T, T, kReciprocal>, kUnary);
}

template <auto f>
void add_of_pairs(Operations& all, const std::string& name) {
    for (const char* rounding : {".", ".rn."})
        all[name + rounding + "f16x2"] = lane_operation(binary<std::uint32_t, std::uint32_t, kOfPair<f>>, kBinary);
}

}  // namespace

void add_float_operations(Operations& all) {
    all["rcp.approx.ftz.f32"] = lane_operation(unary<float, float, kApproximate<kReciprocal>>, kUnary);
    all["rsqrt.approx.ftz.f32"] = lane_operation(unary<float, float, kApproximate<kReciprocalRoot>>, kUnary);
    add_arithmetic<float>(all, "f32");
    add_arithmetic<double>(all, "f64");
    add_of_pairs<kAdd>(all, "add");
    add_of_pairs<kSubtract>(all, "sub");
    add_of_pairs<kMultiply>(all, "mul");
}

}  // namespace ptx
