#include "engine/blas.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "ae/error.h"
#include "engine/blas_buffers.h"
#include "engine/dense_products.h"
#include "engine/openblas.h"

namespace ae {

namespace {

template <typename T, typename Gemm>
void multiply(Gemm gemm, const Product<T>& p, const Tile& tile) {
    const int inner = p.a_transposed ? p.a.rows : p.a.cols;
    gemm(CblasRowMajor, p.a_transposed ? CblasTrans : CblasNoTrans, p.b_transposed ? CblasTrans : CblasNoTrans,
         tile.rows, tile.columns, inner, T(1), p.a_transposed ? p.a.data + tile.row : p.a.row(tile.row), p.a.cols,
         p.b_transposed ? p.b.row(tile.column) : p.b.data + tile.column, p.b.cols, T(0),
         p.c.row(tile.row) + tile.column, p.c.cols);
}

void multiply(const Product<float>& p) {
    ae::multiply(p, {0, p.c.rows, 0, p.c.cols});
}

/// Whether OpenBLAS has kernels for small products that read the operands in place, without packing them first: it has
/// them for processors with AVX-512. A product in pieces by these kernels is faster than the whole by the others.
bool has_small_kernels() {
    static const bool has = [] {
        const std::string_view core = openblas().core_name();
        return core == "SkylakeX" || core == "Cooperlake" || core == "SapphireRapids";
    }();
    return has;
}

/// Whether our own kernels are faster than OpenBLAS on tiles. With AVX2 OpenBLAS packs both operands again for every
/// tile: on a Zen 3 it does 64 rows of the products with pixels at 64 to 74 GFLOP/s and the small ones at 49 to 80,
/// ours at 80 to 86 and 80 to 94, which is also what oneDNN 2.6 does (77 to 92). With AVX-512 OpenBLAS has kernels for
/// small products, if it knows the processor: 0.3.21 takes a Xeon of 2024 for one of 2004 and is three times as slow.
bool has_own_kernels() {
    return simd_level() == SimdLevel::avx2 || (simd_level() == SimdLevel::avx512 && !has_small_kernels());
}

/// Rows and columns of the pieces: chosen by timing. OpenBLAS takes the small kernels up to 10⁶ multiplications.
Tile small_piece(const Product<float>& p, const Tile& tile) {
    constexpr int kRows = 32, kColumns = 240, kTransposedColumns = 32, kUnit = 16, kMultiplications = 1'000'000;
    const int inner = p.a_transposed ? p.a.rows : p.a.cols;
    const int columns = std::min(p.b_transposed ? kTransposedColumns : kColumns,
                                 kMultiplications / (kRows * std::max(inner, 1)) / kUnit * kUnit);
    const bool pays = has_small_kernels() && columns > 0 && !(p.b_transposed && inner < 128);
    return pays ? Tile{0, kRows, 0, columns} : tile;
}

Matrix<const float> rounded(std::vector<float>& memory, const Matrix<const float>& m, int bits) {
    memory.resize(m.size());
    std::transform(m.data, m.data + m.size(), memory.begin(), [&](float x) { return round_mantissa(x, bits); });
    return {memory.data(), m.rows, m.cols};
}

/// Every tile rounds the whole of both factors: this is meant to show the effect of rounding, not to be fast.
void multiply_rounded(const Product<float>& product, const Tile& tile) {
    std::vector<float> a, b;
    Product<float> exact = product;
    exact.a = rounded(a, product.a, product.mantissa_bits);
    exact.b = rounded(b, product.b, product.mantissa_bits);
    exact.mantissa_bits = kMantissaBits;
    ae::multiply(exact, tile);
}

}  // namespace

void multiply(const Product<float>& product, const Tile& tile) {
    if (product.mantissa_bits < kMantissaBits) return multiply_rounded(product, tile);
    if (has_own_kernels()) return dense_products().multiply(product, tile);
    const OpenBlas& blas = openblas();
    const BlasBuffer buffer;
    const Tile piece = small_piece(product, tile);
    const int row_end = tile.row + tile.rows, column_end = tile.column + tile.columns;
    for (int row = tile.row; row < row_end; row += piece.rows)
        for (int column = tile.column; column < column_end; column += piece.columns)
            multiply(blas.sgemm, product,
                     {row, std::min(piece.rows, row_end - row), column, std::min(piece.columns, column_end - column)});
}
void multiply(const Product<double>& product, const Tile& tile) {
    const OpenBlas& blas = openblas();
    const BlasBuffer buffer;
    multiply(blas.dgemm, product, tile);
}

std::string blas_description() {
    try {
        return openblas().config();
    } catch (const Error& error) {
        return error.what();
    }
}

void matmul(Matrix<float> c, Matrix<const float> a, Matrix<const float> b) {
    multiply(Product<float>{c, a, b});
}
void matmul_tn(Matrix<float> c, Matrix<const float> a, Matrix<const float> b) {
    multiply(Product<float>{c, a, b, true, false});
}
void matmul_nt(Matrix<float> c, Matrix<const float> a, Matrix<const float> b) {
    multiply(Product<float>{c, a, b, false, true});
}

Eigenpairs largest_eigenpairs(Matrix<double> a, int count) {
    const OpenBlas& blas = openblas();
    const BlasBuffer buffer;
    const int n = a.rows, first = n - count + 1;
    const auto size = static_cast<std::size_t>(n);
    const double unused = 0, exact = 0;
    Eigenpairs pairs{std::vector<double>(size), std::vector<double>(size * static_cast<std::size_t>(count))};
    std::vector<int> support(2 * static_cast<std::size_t>(count));
    int found = 0, info = 0;
    const auto solve = [&](double* work, int work_size, int* integers, int integer_count) {
        blas.dsyevr("V", "I", "U", &n, a.data, &n, &unused, &unused, &first, &n, &exact, &found, pairs.values.data(),
                    pairs.vectors.data(), &n, support.data(), work, &work_size, integers, &integer_count, &info);
    };
    double work_size = 0;
    int integer_count = 0;
    solve(&work_size, -1, &integer_count, -1);  // asks for the sizes
    std::vector<double> work(static_cast<std::size_t>(work_size));
    std::vector<int> integers(static_cast<std::size_t>(integer_count));
    solve(work.data(), static_cast<int>(work.size()), integers.data(), integer_count);
    if (info != 0 || found != count)
        throw Error(ExitCode::unexpected, fmt::format("eigenvectors: LAPACK's dsyevr gave {}", info));
    pairs.values.resize(static_cast<std::size_t>(count));
    return pairs;
}

}  // namespace ae
