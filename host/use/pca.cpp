#include "use/pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "ae/error.h"
#include "base/rows.h"
#include "engine/blas.h"
#include "use/moments.h"

namespace ae {

namespace {

constexpr int kPcaRows = 1024;

/// An eigenvector's sign is arbitrary: its largest entry becomes positive.
void store_direction(std::span<float> to, std::span<const double> vector) {
    const auto largest =
        std::max_element(vector.begin(), vector.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    const double sign = *largest < 0 ? -1 : 1;
    std::transform(vector.begin(), vector.end(), to.begin(), [&](double v) { return static_cast<float>(sign * v); });
}

}  // namespace

Pca::Pca(const RowSource& images, int k, ThreadPool& pool) {
    const int p = images.cols();
    if (k < 1 || k > p) throw UsageError(fmt::format("principal components: {} of {} pixels", k, p));
    MeanAndCovariance moments = moments_of(images, pool);
    const Eigenpairs pairs = largest_eigenpairs(as_rows(moments.covariance, p), k);
    mean_ = std::move(moments.mean);
    basis_.resize(static_cast<std::size_t>(k) * mean_.size());
    for (int c = 0; c < k; ++c) {
        const auto ascending = static_cast<std::size_t>(k - 1 - c);
        variances_.push_back(pairs.values[ascending]);
        store_direction(row_of(as_rows(basis_, p), c),
                        std::span(pairs.vectors).subspan(ascending * mean_.size(), mean_.size()));
    }
}

std::vector<float> Pca::project(const RowSource& images, ThreadPool& pool) const {
    const auto basis = as_rows(basis_, pixels());
    std::vector<float> codes(static_cast<std::size_t>(images.rows()) * variances_.size());
    share_rows(pool, images.rows(), kPcaRows, [&](int, int first, int n) {
        const std::vector<float> block = images.read(first, n);
        const std::vector<float> centred = subtract_from_rows(as_rows(block, pixels()), mean_);
        matmul_nt(as_rows(codes, components()).row_block(first, n), as_rows(centred, pixels()), basis);
    });
    return codes;
}

std::vector<float> Pca::reconstruct(Matrix<const float> codes, ThreadPool& pool) const {
    const auto basis = as_rows(basis_, pixels());
    std::vector<float> images(static_cast<std::size_t>(codes.rows) * mean_.size());
    share_rows(pool, codes.rows, kPcaRows, [&](int, int first, int n) {
        const Matrix<float> out = as_rows(images, pixels()).row_block(first, n);
        matmul(out, codes.row_block(first, n), basis);
        for (int r = 0; r < n; ++r) {
            const std::span<float> row = row_of(out, r);
            for (std::size_t p = 0; p < row.size(); ++p) row[p] = std::clamp(row[p] + mean_[p], 0.0f, 1.0f);
        }
    });
    return images;
}

}  // namespace ae
