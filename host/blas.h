// Matrix products by OpenBLAS.
#pragma once
#include <string>

#include "ae/view.h"

namespace ae {

/// c ← op(a)·op(b), where op transposes if its flag says so.
template <typename T>
struct Product {
    Matrix<T> c, a, b;
    bool a_transposed = false, b_transposed = false;
};

/// Part of a product's destination.
struct Tile {
    int row = 0, rows = 0, column = 0, columns = 0;
};

/// Computes one tile on the caller's thread; threads may compute tiles of one product side by side. Throws Error when
/// OpenBLAS cannot be loaded.
void multiply(const Product<float>& product, const Tile& tile);
void multiply(const Product<double>& product, const Tile& tile);

/// OpenBLAS's version and the processor whose kernels it took. Throws Error as multiply() does.
std::string blas_description();

}  // namespace ae
