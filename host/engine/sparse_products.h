// Products that skip the black pixels of images.
#pragma once
#include "engine/sparse_images.h"

namespace ae {

/// Rows first … first + c.rows − 1 of x·w. c [part of the images × F], w [pixels × F].
void multiply(Matrix<float> c, const SparseBatch& x, Matrix<float> w, int first);

/// c ← xᵀ·b, in c's rows that belong to a block of pixels. b [images × F], c [pixels × F].
void multiply_tn(Matrix<float> c, const SparseBatch& x, Matrix<float> b, int block);

}  // namespace ae
