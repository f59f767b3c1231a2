// cvt: from one type to another.
#include <cmath>
#include <limits>

#include "lane_functions.h"
#include "operations.h"

namespace ptx {

namespace {

template <typename To>
constexpr auto kCast = [](auto a) { return static_cast<To>(a); };
constexpr auto kToHalf = [](float a) { return float_to_half(a); };
constexpr auto kFromHalf = [](std::uint16_t a) { return half_to_float(a); };

/// Rounded to a whole number by `round`; NaN gives 0, what does not fit gives the nearest that does.
template <typename To, auto round>
constexpr auto kWhole = [](auto a) {
    const auto whole = static_cast<double>(round(a));
    if (std::isnan(whole)) return To(0);
    if (whole <= static_cast<double>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (whole >= static_cast<double>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(whole);
};
constexpr auto kNearest = [](auto a) { return std::nearbyint(a); };
constexpr auto kTowardsZero = [](auto a) { return std::trunc(a); };
constexpr auto kDown = [](auto a) { return std::floor(a); };
constexpr auto kUp = [](auto a) { return std::ceil(a); };

template <typename To, typename From>
void add_whole(Operations& all, const std::string& types) {
    all["cvt.rni." + types] = lane_operation(unary<To, From, kWhole<To, kNearest>>, kUnary);
    all["cvt.rzi." + types] = lane_operation(unary<To, From, kWhole<To, kTowardsZero>>, kUnary);
    all["cvt.rmi." + types] = lane_operation(unary<To, From, kWhole<To, kDown>>, kUnary);
    all["cvt.rpi." + types] = lane_operation(unary<To, From, kWhole<To, kUp>>, kUnary);
}

template <typename To, typename From>
void add_integer(Operations& all, const std::string& to, const std::string& from) {
    all["cvt." + to + "." + from] = lane_operation(unary<To, From, kCast<To>>, kUnary);
}

/// To and from every other type.
template <typename T>
void add_all_of(Operations& all, const std::string& type) {
    add_integer<std::int16_t, T>(all, "s16", type);
    add_integer<std::uint16_t, T>(all, "u16", type);
    add_integer<std::int32_t, T>(all, "s32", type);
    add_integer<std::uint32_t, T>(all, "u32", type);
    add_integer<std::int64_t, T>(all, "s64", type);
    add_integer<std::uint64_t, T>(all, "u64", type);
    all["cvt.rn.f32." + type] = lane_operation(unary<float, T, kCast<float>>, kUnary);
    all["cvt.rn.f64." + type] = lane_operation(unary<double, T, kCast<double>>, kUnary);
    add_whole<T, float>(all, type + ".f32");
    add_whole<T, double>(all, type + ".f64");
}

}  // namespace

void add_conversions(Operations& all) {
    add_all_of<std::uint8_t>(all, "u8");
    add_all_of<std::int8_t>(all, "s8");
    add_all_of<std::int16_t>(all, "s16");
    add_all_of<std::uint16_t>(all, "u16");
    add_all_of<std::int32_t>(all, "s32");
    add_all_of<std::uint32_t>(all, "u32");
    add_all_of<std::int64_t>(all, "s64");
    add_all_of<std::uint64_t>(all, "u64");
    all["cvt.rn.f32.f64"] = lane_operation(unary<float, double, kCast<float>>, kUnary);
    all["cvt.f64.f32"] = lane_operation(unary<double, float, kCast<double>>, kUnary);
    all["cvt.rn.f16.f32"] = lane_operation(unary<std::uint16_t, float, kToHalf>, kUnary);
    all["cvt.f32.f16"] = lane_operation(unary<float, std::uint16_t, kFromHalf>, kUnary);
}

}  // namespace ptx
