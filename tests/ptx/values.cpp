#include "values.h"

#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace ptx {

namespace {

constexpr int kFractionBits = 10;
constexpr int kLeastExponent = -14;  // of a normal half
constexpr std::uint16_t kInfinity = 0x7C00, kNan = 0x7E00, kSign = 0x8000;

}  // namespace

std::optional<Type> type_named(std::string_view name) {
    static const std::map<std::string_view, Type> all{
        {"pred", {1, false}}, {"b8", {1, false}},  {"u8", {1, false}},    {"s8", {1, true}},   {"b16", {2, false}},
        {"u16", {2, false}},  {"s16", {2, true}},  {"f16", {2, false}},   {"b32", {4, false}}, {"u32", {4, false}},
        {"s32", {4, true}},   {"f32", {4, false}}, {"f16x2", {4, false}}, {"b64", {8, false}}, {"u64", {8, false}},
        {"s64", {8, true}},   {"f64", {8, false}}};
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
}

float half_to_float(std::uint16_t half) {
    const int exponent = half >> kFractionBits & 31, fraction = half & ((1 << kFractionBits) - 1);
    float magnitude = 0;
    if (exponent == 31)
        magnitude = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    else if (exponent == 0)
        magnitude = std::bit_cast<float>(0x33800000u) * static_cast<float>(fraction);  // multiples of 2^-24
    else
        magnitude = std::bit_cast<float>(static_cast<std::uint32_t>((exponent + 112) << 23 | fraction << 13));
    return (half & kSign) != 0 ? -magnitude : magnitude;
}

std::uint16_t float_to_half(float value) {
    const std::uint16_t sign = std::signbit(value) ? kSign : 0;
    if (std::isnan(value)) return sign | kNan;
    const float magnitude = std::fabs(value);
    if (magnitude >= 65520.0f) return sign | kInfinity;  // half-way from the largest half to the next power of two
    const int exponent = magnitude == 0 ? kLeastExponent : std::max(std::ilogb(magnitude), kLeastExponent);
    // The value in units of the last place, which rounding by the processor's default mode makes whole. Where it
    // reaches the next power of two the carry moves into the exponent by itself.
    const auto units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, kFractionBits - exponent)));
    const int stored = units + ((exponent - kLeastExponent) << kFractionBits);
    return static_cast<std::uint16_t>(sign | stored);
}

}  // namespace ptx
