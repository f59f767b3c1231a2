#include "file/tensor_floats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace ae {

namespace {

/// `convert` of every number of type `Number`.
template <typename To, typename Number, typename Convert>
std::vector<To> converted(const std::string& bytes, Convert convert) {
    std::vector<To> values(bytes.size() / sizeof(Number));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Number number;
        std::memcpy(&number, bytes.data() + i * sizeof number, sizeof number);
        values[i] = static_cast<To>(convert(number));
    }
    return values;
}

/// IEEE's binary16: sign, 5 bits of exponent, 10 of mantissa.
float from_half(std::uint16_t half) {
    const int exponent = half >> 10 & 31, mantissa = half & 1023;
    const float magnitude = exponent == 31  ? (mantissa != 0 ? std::nanf("") : HUGE_VALF)
                            : exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                            : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

template <typename Number>
std::optional<std::vector<std::uint8_t>> bytes_in_range(const std::string& bytes) {
    const auto values = converted<Number, Number>(bytes, [](Number v) { return v; });
    if (!std::ranges::all_of(values, [](Number v) { return v >= 0 && static_cast<std::uint64_t>(v) <= 255; }))
        return {};
    return std::vector<std::uint8_t>(values.begin(), values.end());
}

/// body(a value of the integer type that `dtype` names); an empty result where it names none.
template <typename Body>
auto by_integer(Dtype dtype, Body body) -> decltype(body(std::uint8_t())) {
    switch (dtype) {
        case Dtype::u8:
            return body(std::uint8_t());
        case Dtype::i8:
            return body(std::int8_t());
        case Dtype::u16:
            return body(std::uint16_t());
        case Dtype::i16:
            return body(std::int16_t());
        case Dtype::u32:
            return body(std::uint32_t());
        case Dtype::i32:
            return body(std::int32_t());
        case Dtype::u64:
            return body(std::uint64_t());
        case Dtype::i64:
            return body(std::int64_t());
        default:
            return {};
    }
}

}  // namespace

std::optional<std::vector<float>> to_floats(const Tensor& tensor) {
    switch (tensor.dtype) {
        case Dtype::f16:
            return converted<float, std::uint16_t>(tensor.bytes, from_half);
        case Dtype::bf16:
            return converted<float, std::uint16_t>(
                tensor.bytes, [](std::uint16_t v) { return std::bit_cast<float>(std::uint32_t(v) << 16); });
        case Dtype::f32:
            return converted<float, float>(tensor.bytes, [](float v) { return v; });
        case Dtype::f64:
            return converted<float, double>(tensor.bytes, [](double v) { return v; });
        default:
            return std::nullopt;
    }
}

std::optional<std::vector<std::uint8_t>> to_bytes(const Tensor& tensor) {
    if (tensor.dtype == Dtype::boolean)
        return converted<std::uint8_t, std::uint8_t>(tensor.bytes, [](std::uint8_t v) { return v != 0 ? 255 : 0; });
    return by_integer(tensor.dtype, [&](auto type) { return bytes_in_range<decltype(type)>(tensor.bytes); });
}

std::vector<float> to_numbers(const Tensor& tensor) {
    if (tensor.dtype == Dtype::boolean)
        return converted<float, std::uint8_t>(tensor.bytes, [](std::uint8_t v) { return v != 0 ? 1.0f : 0.0f; });
    if (auto floats = to_floats(tensor)) return std::move(*floats);
    return by_integer(tensor.dtype, [&](auto type) {
        return converted<float, decltype(type)>(tensor.bytes, [](auto v) { return static_cast<float>(v); });
    });
}

}  // namespace ae
