#include "engine/simd_level.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "ae/error.h"

namespace ae {

namespace {

#if defined(__x86_64__)
constexpr const char* kBase = "SSE2";

/// Both the processor and the operating system, which must save the wider registers, have a say in what these give.
bool has(SimdLevel level) {
    if (level == SimdLevel::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (level == SimdLevel::avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return true;
}
#else
constexpr const char* kBase = "the compiler's choice";

bool has(SimdLevel level) {
    return level == SimdLevel::base;
}
#endif

constexpr std::array<const char*, 3> kNames{"base", "avx2", "avx512"};

const char* name(SimdLevel level) {
    return kNames[static_cast<std::size_t>(level)];
}

}  // namespace

const std::vector<SimdLevel>& simd_levels() {
    static const std::vector<SimdLevel> levels = [] {
        std::vector<SimdLevel> found;
        for (const SimdLevel level : {SimdLevel::base, SimdLevel::avx2, SimdLevel::avx512})
            if (has(level)) found.push_back(level);
        return found;
    }();
    return levels;
}

SimdLevel choose_simd_level(const char* asked) {
    if (asked == nullptr || *asked == '\0') return simd_levels().back();
    std::vector<std::string> names;
    for (const SimdLevel level : simd_levels()) {
        if (asked == std::string(name(level))) return level;
        names.emplace_back(name(level));
    }
    throw UsageError(
        fmt::format("AE_SIMD: '{}' is not one of {}, which this processor has", asked, fmt::join(names, ", ")));
}

SimdLevel simd_level() {
    static const SimdLevel level = choose_simd_level(std::getenv("AE_SIMD"));
    return level;
}

std::string text(SimdLevel level) {
    return level == SimdLevel::base ? fmt::format("{} ({})", name(level), kBase) : name(level);
}

}  // namespace ae
