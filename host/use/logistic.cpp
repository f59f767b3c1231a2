#include "use/logistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "base/rows.h"
#include "engine/blas.h"
#include "use/minimise.h"
#include "use/moments.h"

namespace ae {

namespace {

constexpr int kLogisticRows = 1024;

/// The standardisation of features. A feature that never changes stays 0.
struct Standard {
    std::vector<float> mean;
    std::vector<double> scale;  ///< 1 / standard deviation, or 0

    explicit Standard(const RowSource& features) : mean(mean_of_rows(features)), scale(mean.size()) {
        for (int first = 0; first < features.rows(); first += kLogisticRows) {
            const std::vector<float> rows = features.read(first, std::min(kLogisticRows, features.rows() - first));
            for (std::size_t i = 0; i < rows.size(); i += mean.size())
                for (std::size_t c = 0; c < mean.size(); ++c)
                    scale[c] += std::pow(static_cast<double>(rows[i + c]) - mean[c], 2);
        }
        for (double& s : scale) s = s > 0 ? std::sqrt(features.rows() / s) : 0;
    }
};

/// A linear map of the features as they are, that does what weights [p × c] and biases [c] of standardised features do:
/// so the features need not be copied.
struct Linear {
    std::vector<float> weights, bias;

    Linear(std::span<const double> x, const Standard& standard) {
        const std::size_t p = standard.mean.size(), c = x.size() / (p + 1);
        weights.resize(p * c);
        std::vector<double> shifted(x.begin() + static_cast<std::ptrdiff_t>(p * c), x.end());
        for (std::size_t i = 0; i < p * c; ++i) {
            const double w = x[i] * standard.scale[i / c];
            weights[i] = static_cast<float>(w);
            shifted[i % c] -= w * standard.mean[i / c];
        }
        bias.assign(shifted.begin(), shifted.end());
    }
};

std::vector<float> logits(Matrix<const float> features, std::span<const float> weights, std::span<const float> bias) {
    const int classes = static_cast<int>(bias.size());
    std::vector<float> z(static_cast<std::size_t>(features.rows) * bias.size());
    matmul(as_rows(z, classes), features, as_rows(weights, classes));
    for (std::size_t i = 0; i < z.size(); ++i) z[i] += bias[i % bias.size()];
    return z;
}

/// Logits become probabilities less the one-hot label; returns the cross-entropy.
double softmax_error(std::span<float> z, std::uint8_t label) {
    const float largest = *std::max_element(z.begin(), z.end());
    const float label_logit = z[label] - largest;
    float sum = 0;
    for (float& v : z) {
        v = exp_of_nonpositive(v - largest);
        sum += v;
    }
    for (float& v : z) v /= sum;
    z[label] -= 1;
    return std::log(static_cast<double>(sum)) - label_logit;
}

/// Cross-entropy and its gradient, as sums over some rows.
struct Sums {
    double loss = 0;
    std::vector<float> weights, bias;  ///< gradients by the map of the features as they are
};

Sums sums_over(Matrix<const float> features, std::span<const std::uint8_t> labels, const Linear& linear) {
    const int classes = static_cast<int>(linear.bias.size());
    std::vector<float> z = logits(features, linear.weights, linear.bias);
    Sums sums{0, std::vector<float>(linear.weights.size()), std::vector<float>(linear.bias.size())};
    for (int r = 0; r < features.rows; ++r) {
        const std::span<float> error = row_of(as_rows(z, classes), r);
        sums.loss += softmax_error(error, labels[static_cast<std::size_t>(r)]);
        for (std::size_t c = 0; c < error.size(); ++c) sums.bias[c] += error[c];
    }
    matmul_tn(as_rows(sums.weights, classes), features, as_rows(z, classes));
    return sums;
}

class ClassLoss {
public:
    ClassLoss(const RowSource& features, std::span<const std::uint8_t> labels, double l2, ThreadPool& pool)
        : features_(features), labels_(labels), l2_(l2), pool_(pool), standard_(features) {}

    const Standard& standard() const { return standard_; }

    /// x: weights [p × c] of the standardised features, then biases [c].
    double operator()(std::span<const double> x, std::span<double> gradient) const {
        const Linear linear(x, standard_);
        std::vector<Sums> sums(static_cast<std::size_t>(chunks_in(features_.rows(), kLogisticRows)));
        share_rows(pool_, features_.rows(), kLogisticRows, [&](int i, int first, int n) {
            const auto labels = labels_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n));
            const std::vector<float> rows = features_.read(first, n);
            sums[static_cast<std::size_t>(i)] = sums_over(as_rows(rows, features_.cols()), labels, linear);
        });
        std::fill(gradient.begin(), gradient.end(), 0.0);
        double loss = 0;
        for (const Sums& s : sums) {
            loss += s.loss / features_.rows();
            add(gradient, s);
        }
        return loss + penalise(x, gradient);
    }

private:
    /// ∂/∂w of standardised features = (Σ x·e − mean·Σ e)·scale
    void add(std::span<double> gradient, const Sums& s) const {
        const std::size_t classes = s.bias.size();
        for (std::size_t i = 0; i < s.weights.size(); ++i) {
            const std::size_t p = i / classes;
            gradient[i] += (s.weights[i] - static_cast<double>(standard_.mean[p]) * s.bias[i % classes]) *
                           standard_.scale[p] / features_.rows();
        }
        for (std::size_t c = 0; c < classes; ++c)
            gradient[s.weights.size() + c] += static_cast<double>(s.bias[c]) / features_.rows();
    }

    double penalise(std::span<const double> x, std::span<double> gradient) const {
        const std::size_t weights = x.size() / (standard_.mean.size() + 1) * standard_.mean.size();
        double squares = 0;
        for (std::size_t i = 0; i < weights; ++i) {
            squares += x[i] * x[i];
            gradient[i] += l2_ * x[i];
        }
        return l2_ / 2 * squares;
    }

    const RowSource& features_;
    std::span<const std::uint8_t> labels_;
    double l2_;
    ThreadPool& pool_;
    Standard standard_;
};

}  // namespace

LogisticRegression::LogisticRegression(const RowSource& features, std::span<const std::uint8_t> labels,
                                       ThreadPool& pool, const LogisticOptions& options) {
    if (labels.empty() || labels.size() != static_cast<std::size_t>(features.rows()))
        throw UsageError(fmt::format("logistic regression: {} labels for {} rows", labels.size(), features.rows()));
    const ClassLoss loss(features, labels, options.l2, pool);
    const std::size_t classes = std::size_t(1) + *std::max_element(labels.begin(), labels.end());
    std::vector<double> start((loss.standard().mean.size() + 1) * classes), gradient(start.size());
    if (!std::isfinite(loss(start, gradient)))
        throw ModelError("logistic regression: the features are not all finite numbers");
    int evaluations = 0;
    const auto told = [&](std::span<const double> x, std::span<double> slope) {
        tell(options.progress, std::min(1.0, static_cast<double>(evaluations++) / options.iterations));
        return loss(x, slope);
    };
    const Minimum minimum = minimise(told, start, options.iterations);
    loss_ = minimum.value;
    Linear linear(minimum.x, loss.standard());
    weights_ = std::move(linear.weights);
    bias_ = std::move(linear.bias);
}

std::vector<std::uint8_t> LogisticRegression::predict(const RowSource& features, ThreadPool& pool) const {
    std::vector<std::uint8_t> predicted(static_cast<std::size_t>(features.rows()));
    share_rows(pool, features.rows(), kLogisticRows, [&](int, int first, int n) {
        const std::vector<float> rows = features.read(first, n);
        const std::vector<float> z = logits(as_rows(rows, features.cols()), weights_, bias_);
        for (int r = 0; r < n; ++r) {
            const auto row = row_of(as_rows(z, classes()), r);
            predicted[static_cast<std::size_t>(first + r)] =
                static_cast<std::uint8_t>(std::max_element(row.begin(), row.end()) - row.begin());
        }
    });
    return predicted;
}

double accuracy(std::span<const std::uint8_t> predicted, std::span<const std::uint8_t> labels) {
    const auto equal =
        std::inner_product(predicted.begin(), predicted.end(), labels.begin(), 0, std::plus<>(), std::equal_to<>());
    return static_cast<double>(equal) / static_cast<double>(labels.size());
}

}  // namespace ae
