// The values of PTX: types as a memory instruction or a declaration names them, and how a lane holds a value.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ptx {

inline constexpr int kLanes = 32;
inline constexpr std::uint32_t kAllLanes = 0xFFFFFFFFu;

/// One register of a warp: its value in each lane, in the low bits. What lies above a value is never looked at.
using Lanes = std::array<std::uint64_t, kLanes>;

struct Type {
    int bytes = 0;
    bool is_signed = false;  ///< an integer that is extended by its sign when it is loaded
};

/// "f32", "s16", "b8", "pred", …; nothing for what is no type.
std::optional<Type> type_named(std::string_view name);

/// The low bits of a lane as a value of T.
template <typename T>
T value_of(std::uint64_t bits) {
    if constexpr (sizeof(T) == 8)
        return std::bit_cast<T>(bits);
    else if constexpr (sizeof(T) == 4)
        return std::bit_cast<T>(static_cast<std::uint32_t>(bits));
    else
        return static_cast<T>(bits);
}

/// A value of T in a lane, zeros above it.
template <typename T>
std::uint64_t bits_of(T value) {
    if constexpr (sizeof(T) == 8)
        return std::bit_cast<std::uint64_t>(value);
    else if constexpr (sizeof(T) == 4)
        return std::bit_cast<std::uint32_t>(value);
    else if constexpr (sizeof(T) == 2)
        return static_cast<std::uint16_t>(value);
    else
        return static_cast<std::uint8_t>(value);
}

// IEEE binary16, by its definition: 5 bits of exponent, 10 of fraction.
float half_to_float(std::uint16_t half);
/// To the nearest, ties to even.
std::uint16_t float_to_half(float value);

}  // namespace ptx
