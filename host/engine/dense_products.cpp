#include "engine/dense_products.h"

#include <algorithm>
#include <vector>

#define AE_LEVEL_FILE "engine/dense_products_code.h"
#include "engine/each_simd_level.h"

namespace ae {

const DenseProducts& dense_products_at(SimdLevel level) {
#if defined(__x86_64__)
    if (level == SimdLevel::avx2) return avx2::kDenseProducts;
    if (level == SimdLevel::avx512) return avx512::kDenseProducts;
#endif
    return base::kDenseProducts;
}

const DenseProducts& dense_products() {
    static const DenseProducts& chosen = dense_products_at(simd_level());
    return chosen;
}

}  // namespace ae
