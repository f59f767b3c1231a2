// Matrix products and eigenvectors by OpenBLAS.
#pragma once
#include <string>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/view.h"
#include "engine/tiles.h"

namespace ae {

/// c ← op(a)·op(b), where op transposes if its flag says so.
template <typename T>
struct Product {
    Matrix<T> c;
    Matrix<const T> a, b;
    bool a_transposed = false, b_transposed = false;
    int mantissa_bits = kMantissaBits;  ///< to which float factors are rounded before they are multiplied
};

/// Computes one tile on the caller's thread; threads may compute tiles of one product side by side.
void multiply(const Product<float>& product, const Tile& tile);
void multiply(const Product<double>& product, const Tile& tile);

/// OpenBLAS's version and the processor whose kernels it took, or why it cannot be loaded.
std::string blas_description();

/// Whole products on the caller's thread.
void matmul(Matrix<float> c, Matrix<const float> a, Matrix<const float> b);     ///< c ← a·b
void matmul_tn(Matrix<float> c, Matrix<const float> a, Matrix<const float> b);  ///< c ← aᵀ·b
void matmul_nt(Matrix<float> c, Matrix<const float> a, Matrix<const float> b);  ///< c ← a·bᵀ

/// Eigenvalues and eigenvectors of a symmetric n × n matrix.
struct Eigenpairs {
    std::vector<double> values;   ///< [count], ascending
    std::vector<double> vectors;  ///< [count × n], one a row, of length 1
};

/// The `count` largest, 1 ≤ count ≤ n, by LAPACK's dsyevr. Overwrites the matrix. Throws Error if it fails.
Eigenpairs largest_eigenpairs(Matrix<double> symmetric, int count);

}  // namespace ae
