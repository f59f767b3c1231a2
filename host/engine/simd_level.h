// The vector instructions of a processor that the CPU engine's own loops use.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace ae {

/// `base` is what every processor of the architecture has: SSE2 on x86-64, NEON on 64-bit Arm.
enum class SimdLevel : std::uint8_t { base, avx2, avx512 };

/// The levels that this processor and this program have, the lowest first.
const std::vector<SimdLevel>& simd_levels();

/// The level in use, chosen once: the highest, or what the environment's AE_SIMD names. Throws UsageError where AE_SIMD
/// is not one of simd_levels().
SimdLevel simd_level();

/// What simd_level() chooses where AE_SIMD is `asked`; empty or null: nothing is asked for.
SimdLevel choose_simd_level(const char* asked);

/// "base (SSE2)", "avx2", "avx512"
std::string text(SimdLevel level);

}  // namespace ae
