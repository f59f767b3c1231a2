#include "engine/cpu_loops.h"

#include <algorithm>
#include <cmath>

#define AE_LEVEL_FILE "engine/cpu_loops_code.h"
#include "engine/each_simd_level.h"

namespace ae {

const Loops<float>& loops_at(SimdLevel level) {
#if defined(__x86_64__)
    if (level == SimdLevel::avx2) return avx2::kLoops<float>;
    if (level == SimdLevel::avx512) return avx512::kLoops<float>;
#endif
    return base::kLoops<float>;
}

template <>
const Loops<float>& loops() {
    static const Loops<float>& chosen = loops_at(simd_level());
    return chosen;
}
template <>
const Loops<double>& loops() {
    return base::kLoops<double>;
}

}  // namespace ae
