// Products of the CPU engine's small matrices by vector code of its own: multiply() in blas.cpp says where they are
// used.
#pragma once
#include "engine/blas.h"
#include "engine/simd_level.h"
#include "engine/tiles.h"

namespace ae {

struct DenseProducts {
    /// One tile of a product, in full precision whatever its mantissa_bits. Every element is one sum in the order of
    /// its terms, so it does not depend on the tile.
    void (*multiply)(const Product<float>& product, const Tile& tile);
};

/// Those of a level that this processor has. `base` rounds products and sums, the others their sums alone.
const DenseProducts& dense_products_at(SimdLevel level);
const DenseProducts& dense_products();

}  // namespace ae
