#include "use/anomaly_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "ae/metrics.h"
#include "base/rows.h"
#include "engine/blas.h"
#include "use/moments.h"

namespace ae {

namespace {

constexpr int kNeighbours = 5;
constexpr int kSquare = 5;  // side of the local score's square
constexpr int kChunkImages = 4096;
constexpr int kShareRows = 64;   // images a task of a thread
constexpr double kRidge = 1e-3;  // of the mean variance: a unit that is dead for normal images is no proof by itself

double dot(std::span<const float> a, std::span<const float> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double mean_entropy(std::span<const float> x) {
    double sum = 0;
    for (const float p : x) sum += binary_entropy(p);
    return sum / static_cast<double>(x.size());
}

int pixels_of(ImageSize size) {
    return static_cast<int>(size.values());
}

/// The scores that come from images and reconstructions.
struct PixelScores {
    const Scores& engine_scores;
    Matrix<const float> images, reconstructions;
    ImageSize size;
    bool are_numbers;

    void add_to(ScoreTable& table, std::size_t first, ThreadPool& pool) const {
        share_rows(pool, images.rows, kShareRows, [&](int, int row, int rows) {
            for (int r = row; r < row + rows; ++r) add_row(table, first + static_cast<std::size_t>(r), r);
        });
    }

private:
    void add_row(ScoreTable& table, std::size_t to, int r) const {
        const auto x = row_of(images, r), y = row_of(reconstructions, r);
        const auto i = static_cast<std::size_t>(r);
        for (const AnomalyScore score : {AnomalyScore::mse, AnomalyScore::mse_ink, AnomalyScore::kl})
            table[score][to] = engine_scores.mse[i];
        if (!are_numbers) add_pixel_scores(table, to, r);
        table[AnomalyScore::local][to] = static_cast<float>(local_error(x, y, size));
        table[AnomalyScore::cosine][to] = static_cast<float>(cosine_error(x, y));
    }

    void add_pixel_scores(ScoreTable& table, std::size_t to, int r) const {
        const auto x = row_of(images, r);
        const auto i = static_cast<std::size_t>(r);
        const double mse = engine_scores.mse[i];
        const double ink = std::accumulate(x.begin(), x.end(), 0.0) / images.cols;
        table[AnomalyScore::mse_ink][to] = static_cast<float>(mse_per_ink(mse, ink, x.size()));
        table[AnomalyScore::kl][to] = static_cast<float>(engine_scores.bce[i] - mean_entropy(x));
    }
};

}  // namespace

const std::vector<std::string>& anomaly_score_names() {
    static const std::vector<std::string> names{"mse",         "mse-ink", "kl",     "knn",     "knn-cosine",
                                                "mahalanobis", "local",   "cosine", "combined"};
    return names;
}

std::string text(AnomalyScore score) {
    return anomaly_score_names()[static_cast<std::size_t>(score)];
}

AnomalyScore parse_anomaly_score(const std::string& name) {
    const auto& names = anomaly_score_names();
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
        throw UsageError(fmt::format("--score: '{}' is not one of {}", name, fmt::join(names, ", ")));
    return static_cast<AnomalyScore>(at - names.begin());
}

std::vector<float> ink_of(const ImageBatch& images) {
    const auto rows = as_rows(images.pixels, pixels_of(images.size));
    if (images.are_numbers) return std::vector<float>(static_cast<std::size_t>(rows.rows));
    std::vector<float> ink;
    for (int r = 0; r < rows.rows; ++r) {
        const auto x = row_of(rows, r);
        ink.push_back(static_cast<float>(std::accumulate(x.begin(), x.end(), 0.0) / rows.cols));
    }
    return ink;
}

double mse_per_ink(double mse, double ink, std::size_t pixels) {
    return mse / std::max(ink, pixel<double>(1) / static_cast<double>(pixels));
}

namespace {

/// The mean over the channels of a pixel.
double squared_error(std::span<const float> x, std::span<const float> y, std::size_t pixel, int channels) {
    const auto n = static_cast<std::size_t>(channels);
    double sum = 0;
    for (std::size_t i = pixel * n; i < (pixel + 1) * n; ++i) {
        const double error = static_cast<double>(x[i]) - y[i];
        sum += error * error;
    }
    return sum / channels;
}

}  // namespace

double local_error(std::span<const float> x, std::span<const float> y, ImageSize size) {
    const auto width = static_cast<std::size_t>(size.width), height = static_cast<std::size_t>(size.height);
    const std::size_t sums_width = width + 1;
    std::vector<double> sums(sums_width * (height + 1));  // of the rectangle above and left of a pixel
    for (std::size_t r = 0; r < height; ++r)
        for (std::size_t c = 0; c < width; ++c) {
            sums[(r + 1) * sums_width + c + 1] = squared_error(x, y, r * width + c, size.channels) +
                                                 sums[r * sums_width + c + 1] + sums[(r + 1) * sums_width + c] -
                                                 sums[r * sums_width + c];
        }
    const std::size_t tall = std::min<std::size_t>(kSquare, height), wide = std::min<std::size_t>(kSquare, width);
    double largest = 0;
    for (std::size_t r = 0; r + tall <= height; ++r)
        for (std::size_t c = 0; c + wide <= width; ++c)
            largest = std::max(largest, sums[(r + tall) * sums_width + c + wide] - sums[r * sums_width + c + wide] -
                                            sums[(r + tall) * sums_width + c] + sums[r * sums_width + c]);
    return largest / static_cast<double>(tall * wide);
}

double cosine_error(std::span<const float> x, std::span<const float> y) {
    const double lengths = std::sqrt(dot(x, x) * dot(y, y));
    return lengths > 0 ? 1 - dot(x, y) / lengths : 1;
}

double rank_among(std::span<const float> ascending, float score) {
    const auto n = static_cast<double>(ascending.size());
    if (score > ascending.back())
        return ascending.back() > 0 ? static_cast<double>(score) / ascending.back() : 1 + score;
    const auto above = std::lower_bound(ascending.begin(), ascending.end(), score);
    const auto place = static_cast<double>(above - ascending.begin());
    const double below = above == ascending.begin() ? 0.0 : static_cast<double>(*(above - 1));
    const double gap = *above - below;
    return (place + (gap > 0 ? std::max(0.0, (score - below) / gap) : 1)) / n;
}

NormalCodes::NormalCodes(std::vector<float> codes, int width, ThreadPool& pool) : codes_(std::move(codes)) {
    MeanAndCovariance moments = moments_of(as_rows(std::as_const(codes_), width), pool);
    mean_ = std::move(moments.mean);
    double trace = 0;
    const auto covariance = as_rows(moments.covariance, width);
    for (int i = 0; i < width; ++i) trace += covariance.row(i)[i];
    const double ridge = kRidge * trace / width;
    const Eigenpairs pairs = largest_eigenpairs(covariance, width);
    whitening_.resize(pairs.vectors.size());
    for (std::size_t i = 0; i < whitening_.size(); ++i) {
        const double variance = std::max(0.0, pairs.values[i / static_cast<std::size_t>(width)]) + ridge;
        whitening_[i] = variance > 0 ? static_cast<float>(pairs.vectors[i] / std::sqrt(variance)) : 0.0f;
    }
}

std::vector<float> NormalCodes::knn(Matrix<const float> codes, Distance distance, ThreadPool& pool) const {
    const auto base = as_rows(codes_, width());
    const int k = std::min(kNeighbours, base.rows);
    const Neighbours found = NearestNeighbours(base).find(codes, k, distance, pool);
    std::vector<float> scores;
    for (int r = 0; r < codes.rows; ++r) {
        const auto distances = row_of(as_rows(found.distances, k), r);
        scores.push_back(static_cast<float>(std::accumulate(distances.begin(), distances.end(), 0.0) / k));
    }
    return scores;
}

std::vector<float> NormalCodes::mahalanobis(Matrix<const float> codes, ThreadPool& pool) const {
    std::vector<float> scores(static_cast<std::size_t>(codes.rows));
    share_rows(pool, codes.rows, kShareRows, [&](int, int first, int n) {
        const std::vector<float> centred = subtract_from_rows(codes.row_block(first, n), mean_);
        std::vector<float> whitened(centred.size());
        matmul_nt(as_rows(whitened, width()), as_rows(centred, width()), as_rows(whitening_, width()));
        for (int r = 0; r < n; ++r) {
            const auto row = row_of(as_rows(std::as_const(whitened), width()), r);
            scores[static_cast<std::size_t>(first + r)] = static_cast<float>(std::sqrt(dot(row, row)));
        }
    });
    return scores;
}

WantedScores needed_for(AnomalyScore score) {
    WantedScores needed;
    const auto add = [&](AnomalyScore one) { needed.set(static_cast<std::size_t>(one)); };
    add(score);
    if (score == AnomalyScore::combined) add(AnomalyScore::cosine), add(AnomalyScore::knn_cosine);
    return needed;
}

ScoreTable plain_scores(Network& network, const ImageBatch& images, const NormalCodes& normal, ThreadPool& pool,
                        WantedScores wanted) {
    const auto rows = as_rows(images.pixels, pixels_of(images.size));
    ScoreTable table;
    for (std::vector<float>& column : table.columns) column.resize(static_cast<std::size_t>(rows.rows));
    table[AnomalyScore::combined].clear();
    for (int first = 0; first < rows.rows; first += kChunkImages) {
        const Matrix<const float> chunk = rows.row_block(first, std::min(kChunkImages, rows.rows - first));
        const std::span<const float> pixels(chunk.data, chunk.size());
        const Scores scores = network.score(pixels);
        const std::vector<float> reconstructions = network.reconstruct(pixels), codes = network.encode(pixels);
        PixelScores{scores, chunk, as_rows(reconstructions, chunk.cols), images.size, images.are_numbers}.add_to(
            table, static_cast<std::size_t>(first), pool);
        const auto code_rows = as_rows(codes, normal.width());
        const auto fill = [&](AnomalyScore score, auto scores_of_codes) {
            if (wanted[static_cast<std::size_t>(score)])
                std::ranges::copy(scores_of_codes(), table[score].begin() + first);
        };
        fill(AnomalyScore::knn, [&] { return normal.knn(code_rows, Distance::l2, pool); });
        fill(AnomalyScore::knn_cosine, [&] { return normal.knn(code_rows, Distance::cosine, pool); });
        fill(AnomalyScore::mahalanobis, [&] { return normal.mahalanobis(code_rows, pool); });
    }
    for (std::size_t i = 0; i < kAnomalyScores; ++i)
        if (!wanted[i]) table.columns[i].clear();
    return table;
}

}  // namespace ae
