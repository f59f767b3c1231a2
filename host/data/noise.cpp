#include "ae/noise.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "ae/error.h"

namespace ae {

namespace {

constexpr std::array<std::pair<NoiseKind, const char*>, 5> kNames{{{NoiseKind::none, "none"},
                                                                   {NoiseKind::gaussian, "gaussian"},
                                                                   {NoiseKind::salt_pepper, "saltpepper"},
                                                                   {NoiseKind::mask, "mask"},
                                                                   {NoiseKind::block, "block"}}};

std::optional<NoiseKind> kind_of(const std::string& name) {
    for (const auto& [kind, known] : kNames)
        if (name == known) return kind;
    return std::nullopt;
}

std::optional<float> number(const std::string& text) {
    char* end = nullptr;
    const float value = std::strtof(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size()) return std::nullopt;
    return value;
}

bool is_possible(const Noise& n) {
    switch (n.kind) {
        case NoiseKind::none:
            return true;
        case NoiseKind::gaussian:
            return 0 <= n.low && n.low <= n.high && n.high <= 10;
        case NoiseKind::salt_pepper:
        case NoiseKind::mask:
            return 0 <= n.low && n.low <= 1;
        case NoiseKind::block:
            return 1 <= n.low && n.low <= 1000 && n.low == static_cast<float>(static_cast<int>(n.low));
    }
    return false;
}

}  // namespace

Noise Noise::parse(const std::string& text) {
    const UsageError error(
        fmt::format("noise: '{}' is not none, gaussian:S, gaussian:LO..HI, saltpepper:P, mask:P or block:SIDE", text));
    const std::size_t colon = text.find(':');
    const auto kind = kind_of(text.substr(0, colon));
    if (!kind || (colon == std::string::npos) != (*kind == NoiseKind::none)) throw error;
    if (*kind == NoiseKind::none) return {};
    const std::string strength = text.substr(colon + 1);
    const std::size_t dots = *kind == NoiseKind::gaussian ? strength.find("..") : std::string::npos;
    const auto low = number(strength.substr(0, dots));
    const auto high = dots == std::string::npos ? low : number(strength.substr(dots + 2));
    if (!low || !high) throw error;
    const Noise noise{*kind, *low, *high};
    if (!is_possible(noise)) throw error;
    return noise;
}

std::string Noise::text() const {
    const char* name = kNames[static_cast<std::size_t>(kind)].second;
    if (kind == NoiseKind::none) return name;
    return low == high ? fmt::format("{}:{}", name, low) : fmt::format("{}:{}..{}", name, low, high);
}

}  // namespace ae
