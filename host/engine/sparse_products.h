// Products that skip the black pixels of images. Compiled for every SimdLevel, all of which give the same bits.
#pragma once
#include "engine/simd_level.h"
#include "engine/sparse_images.h"

namespace ae {

struct SparseProducts {
    /// Rows first … first + c.rows − 1 of x·w. c [part of the images × F], w [pixels × F].
    void (*multiply)(Matrix<float> c, const SparseBatch& x, Matrix<float> w, int first);

    /// c ← xᵀ·b, in c's rows that belong to a block of pixels. b [images × F], c [pixels × F].
    void (*multiply_tn)(Matrix<float> c, const SparseBatch& x, Matrix<float> b, int block);
};

/// Those of a level that this processor has; those of the level in use.
const SparseProducts& sparse_products_at(SimdLevel level);
const SparseProducts& sparse_products();

}  // namespace ae
