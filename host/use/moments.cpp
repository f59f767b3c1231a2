#include "use/moments.h"

#include <algorithm>

#include "ae/error.h"
#include "base/rows.h"
#include "engine/blas.h"

namespace ae {

namespace {

constexpr int kMomentRows = 1024;
constexpr int kBlockRows = 112;  // of the covariance, that one task makes

/// Rows `first` to `first` + n − 1 of the covariance, from the diagonal on, += those of centredᵀ·centred. `product` is
/// memory for all of it.
void add_rows(Matrix<double> covariance, Matrix<float> product, Matrix<const float> centred, int first, int n) {
    multiply(Product<float>{product, centred, centred, true, false}, {first, n, first, product.cols - first});
    for (int r = first; r < first + n; ++r)
        for (int c = r; c < product.cols; ++c) covariance.row(r)[c] += product.row(r)[c];
}

void divide_and_mirror(Matrix<double> covariance, int count) {
    for (int r = 0; r < covariance.rows; ++r)
        for (int c = r; c < covariance.cols; ++c) {
            covariance.row(r)[c] /= count;
            covariance.row(c)[r] = covariance.row(r)[c];
        }
}

}  // namespace

std::vector<float> mean_of_rows(const RowSource& values) {
    std::vector<double> sums(static_cast<std::size_t>(values.cols()));
    for (int first = 0; first < values.rows(); first += kMomentRows) {
        const std::vector<float> rows = values.read(first, std::min(kMomentRows, values.rows() - first));
        for (std::size_t i = 0; i < rows.size(); i += sums.size())
            for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += rows[i + c];
    }
    std::vector<float> mean(sums.size());
    std::transform(sums.begin(), sums.end(), mean.begin(),
                   [&](double sum) { return static_cast<float>(sum / values.rows()); });
    return mean;
}

std::vector<float> subtract_from_rows(Matrix<const float> values, std::span<const float> mean) {
    std::vector<float> centred(values.size());
    const auto p = static_cast<std::size_t>(values.cols);
    for (int r = 0; r < values.rows; ++r) {
        const auto row = row_of(values, r);
        float* to = &centred[static_cast<std::size_t>(r) * p];
        for (std::size_t c = 0; c < p; ++c) to[c] = row[c] - mean[c];
    }
    return centred;
}

MeanAndCovariance moments_of(const RowSource& values, ThreadPool& pool) {
    if (values.rows() < 1) throw UsageError("mean and covariance: there are no values");
    const int cols = values.cols();
    const auto size = static_cast<std::size_t>(cols) * static_cast<std::size_t>(cols);
    MeanAndCovariance moments{mean_of_rows(values), std::vector<double>(size)};
    const auto covariance = as_rows(moments.covariance, cols);
    std::vector<float> product(size);
    for (int first = 0; first < values.rows(); first += kMomentRows) {
        const std::vector<float> block = values.read(first, std::min(kMomentRows, values.rows() - first));
        const std::vector<float> centred = subtract_from_rows(as_rows(block, cols), moments.mean);
        share_rows(pool, cols, kBlockRows, [&](int, int row, int rows) {
            add_rows(covariance, as_rows(product, cols), as_rows(centred, cols), row, rows);
        });
    }
    divide_and_mirror(covariance, values.rows());
    return moments;
}

MeanAndCovariance moments_of(Matrix<const float> values, ThreadPool& pool) {
    return moments_of(MatrixRows(values), pool);
}

}  // namespace ae
