#include "use/anomaly_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
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

namespace {

/// Some of the images, and what a network makes of them as far as a wanted score needs it.
class ScoredChunk {
public:
    ScoredChunk(Network& network, Matrix<const float> images, const ImageBatch& batch, WantedScores wanted)
        : images_(images), size_(batch.size), are_numbers_(batch.are_numbers) {
        const auto needs = [&](std::initializer_list<AnomalyScore> scores) {
            return std::ranges::any_of(scores, [&](AnomalyScore s) { return wanted[static_cast<std::size_t>(s)]; });
        };
        const std::span<const float> pixels(images.data, images.size());
        if (needs({AnomalyScore::mse, AnomalyScore::mse_ink, AnomalyScore::kl})) losses_ = network.score(pixels);
        if (needs({AnomalyScore::local, AnomalyScore::cosine})) reconstructions_ = network.reconstruct(pixels);
        if (needs({AnomalyScore::knn, AnomalyScore::knn_cosine, AnomalyScore::mahalanobis}))
            codes_ = network.encode(pixels);
    }

    std::vector<float> by(AnomalyScore score, const NormalCodes& normal, ThreadPool& pool) const {
        const auto codes = as_rows(codes_, normal.width());
        if (score == AnomalyScore::knn) return normal.knn(codes, Distance::l2, pool);
        if (score == AnomalyScore::knn_cosine) return normal.knn(codes, Distance::cosine, pool);
        if (score == AnomalyScore::mahalanobis) return normal.mahalanobis(codes, pool);
        std::vector<float> column(static_cast<std::size_t>(images_.rows));
        share_rows(pool, images_.rows, kShareRows, [&](int, int row, int rows) {
            for (int r = row; r < row + rows; ++r)
                column[static_cast<std::size_t>(r)] = static_cast<float>(of_pixels(score, r));
        });
        return column;
    }

private:
    double of_pixels(AnomalyScore score, int r) const {
        const auto x = row_of(images_, r);
        const auto i = static_cast<std::size_t>(r);
        if (score == AnomalyScore::local) return local_error(x, reconstruction(r), size_);
        if (score == AnomalyScore::cosine) return cosine_error(x, reconstruction(r));
        if (score == AnomalyScore::mse || are_numbers_) return losses_.mse[i];
        if (score == AnomalyScore::kl) return losses_.bce[i] - mean_entropy(x);
        const double ink = std::accumulate(x.begin(), x.end(), 0.0) / images_.cols;
        return mse_per_ink(losses_.mse[i], ink, x.size());
    }
    std::span<const float> reconstruction(int r) const { return row_of(as_rows(reconstructions_, images_.cols), r); }

    Matrix<const float> images_;
    ImageSize size_;
    bool are_numbers_;
    Scores losses_;
    std::vector<float> reconstructions_, codes_;
};

}  // namespace

ScoreTable plain_scores(Network& network, const ImageBatch& images, const NormalCodes& normal, ThreadPool& pool,
                        WantedScores wanted) {
    const auto rows = as_rows(images.pixels, pixels_of(images.size));
    wanted.reset(static_cast<std::size_t>(AnomalyScore::combined));
    ScoreTable table;
    for (int first = 0; first < rows.rows; first += kChunkImages) {
        const ScoredChunk chunk(network, rows.row_block(first, std::min(kChunkImages, rows.rows - first)), images,
                                wanted);
        for (std::size_t s = 0; s < kAnomalyScores; ++s) {
            if (!wanted[s]) continue;
            const std::vector<float> scores = chunk.by(static_cast<AnomalyScore>(s), normal, pool);
            table.columns[s].insert(table.columns[s].end(), scores.begin(), scores.end());
        }
    }
    return table;
}

}  // namespace ae
