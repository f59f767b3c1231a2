#include "use/denoisers.h"

#include <algorithm>
#include <array>

#include "base/rows.h"
#include "engine/blas.h"
#include "use/moments.h"

namespace ae {

namespace {

constexpr int kChunkRows = 512;

float median_around(std::span<const float> image, ImageSize size, int row, int col, int channel) {
    std::array<float, 9> values{};  // black where there is no pixel
    std::size_t n = 0;
    for (int r = std::max(0, row - 1); r <= std::min(size.height - 1, row + 1); ++r)
        for (int c = std::max(0, col - 1); c <= std::min(size.width - 1, col + 1); ++c)
            values[n++] = image[static_cast<std::size_t>((r * size.width + c) * size.channels + channel)];
    std::nth_element(values.begin(), values.begin() + 4, values.end());
    return values[4];
}

}  // namespace

std::vector<float> side_by_side(Matrix<const float> noisy, Matrix<const float> clean) {
    std::vector<float> both;
    both.reserve(2 * noisy.size());
    for (int r = 0; r < noisy.rows; ++r) {
        both.insert(both.end(), noisy.row(r), noisy.row(r) + noisy.cols);
        both.insert(both.end(), clean.row(r), clean.row(r) + clean.cols);
    }
    return both;
}

std::vector<float> median_3x3(std::span<const float> images, ImageSize size, ThreadPool& pool) {
    const auto rows = as_rows(images, static_cast<int>(size.values()));
    std::vector<float> out(images.size());
    pool.run(rows.rows, [&](int i) {
        float* to = out.data() + (rows.row(i) - rows.data);
        for (int p = 0; p < rows.cols; ++p)
            to[p] = median_around(row_of(rows, i), size, p / size.channels / size.width, p / size.channels % size.width,
                                  p % size.channels);
    });
    return out;
}

RidgeDenoiser::RidgeDenoiser(const RowSource& rows, double ridge, ThreadPool& pool) {
    const int cols = rows.cols() / 2;
    const auto p = static_cast<std::size_t>(cols);
    const MeanAndCovariance moments = moments_of(rows, pool);
    noisy_mean_.assign(moments.mean.begin(), moments.mean.begin() + cols);
    clean_mean_.assign(moments.mean.begin() + cols, moments.mean.end());

    std::vector<double> within(p * p);
    std::vector<float> across(p * p);
    for (std::size_t r = 0; r < p; ++r) {
        const double* row = &moments.covariance[r * 2 * p];
        std::copy_n(row, p, &within[r * p]);
        std::transform(row + p, row + 2 * p, &across[r * p], [](double v) { return static_cast<float>(v); });
    }
    const Eigenpairs pairs = largest_eigenpairs(as_rows(within, cols), cols);
    std::vector<float> directions(p * p), scaled(p * p), inverse(p * p);
    for (std::size_t i = 0; i < p * p; ++i) {
        directions[i] = static_cast<float>(pairs.vectors[i]);
        scaled[i] = static_cast<float>(pairs.vectors[i] / (pairs.values[i / p] + ridge));
    }
    weights_.resize(p * p);
    const auto square = [&](std::vector<float>& values) { return as_rows(values, cols); };
    const auto view = [&](const std::vector<float>& values) { return as_rows(values, cols); };
    matmul_tn(square(inverse), view(directions), view(scaled));
    matmul(square(weights_), view(inverse), view(across));
}

std::vector<float> RidgeDenoiser::restore(Matrix<const float> noisy, ThreadPool& pool) const {
    std::vector<float> out(noisy.size());
    const auto all = as_rows(out, noisy.cols);
    share_rows(pool, noisy.rows, kChunkRows, [&](int, int first, int n) {
        const std::vector<float> centred = subtract_from_rows(noisy.row_block(first, n), noisy_mean_);
        matmul(all.row_block(first, n), as_rows(centred, noisy.cols), as_rows(weights_, noisy.cols));
        for (int r = first; r < first + n; ++r)
            for (int c = 0; c < noisy.cols; ++c)
                all.row(r)[c] = std::clamp(all.row(r)[c] + clean_mean_[static_cast<std::size_t>(c)], 0.0f, 1.0f);
    });
    return out;
}

}  // namespace ae
