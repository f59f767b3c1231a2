#include "engine/sparse_products.h"

#include <algorithm>
#include <array>

#define AE_LEVEL_FILE "engine/sparse_products_code.h"
#include "engine/each_simd_level.h"

namespace ae {

const SparseProducts& sparse_products_at(SimdLevel level) {
#if defined(__x86_64__)
    if (level == SimdLevel::avx2) return avx2::kSparseProducts;
    if (level == SimdLevel::avx512) return avx512::kSparseProducts;
#endif
    return base::kSparseProducts;
}

const SparseProducts& sparse_products() {
    static const SparseProducts& chosen = sparse_products_at(simd_level());
    return chosen;
}

}  // namespace ae
