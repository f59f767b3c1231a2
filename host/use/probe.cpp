#include "use/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ae/error.h"
#include "base/rows.h"
#include "base/work_progress.h"
#include "data/image_selection.h"
#include "use/logistic.h"
#include "use/nearest.h"

namespace ae {

namespace {

constexpr std::array kNeighbourCounts{1, 3, 5};
constexpr std::size_t kWholePieces = 3;  // L2, cosine, linear

using Labels = std::span<const std::uint8_t>;

std::string distance_name(Distance distance) {
    return distance == Distance::l2 ? "l2" : "cosine";
}

/// Features with the labels that a classifier may see.
struct Seen {
    const RowSource& features;
    Labels labels;
};

/// The threads that work, and who hears of it.
struct Work {
    ThreadPool& pool;
    Progress progress = {};
};

/// Accuracy with the k nearest for every k asked for, of which the last is the largest.
std::vector<double> knn_accuracies(const Seen& seen, const Seen& test, Distance distance, std::span<const int> ks,
                                   const Work& work) {
    const CountedRows queries(test.features, [&](std::int64_t read) {
        tell(work.progress, static_cast<double>(read) / test.features.rows());
    });
    const Neighbours found = NearestNeighbours(seen.features).find(queries, ks.back(), distance, work.pool);
    const std::vector<std::uint8_t> labels = take_labels(seen.labels, found.indices);
    std::vector<double> accuracies;
    for (const int k : ks) {
        std::vector<std::uint8_t> nearest;
        for (auto row = labels.begin(); row != labels.end(); row += found.k)
            nearest.insert(nearest.end(), row, row + k);
        accuracies.push_back(accuracy(vote(nearest, k), test.labels));
    }
    return accuracies;
}

double linear_accuracy(const Seen& seen, const Seen& test, const Work& work) {
    const LogisticRegression classifier(seen.features, seen.labels, work.pool, {.progress = work.progress});
    return accuracy(classifier.predict(test.features, work.pool), test.labels);
}

/// The rows of these numbers, in memory.
std::vector<float> take(const RowSource& rows, std::span<const int> numbers) {
    std::vector<float> taken;
    for (const int i : numbers) {
        const std::vector<float> row = rows.read(i, 1);
        taken.insert(taken.end(), row.begin(), row.end());
    }
    return taken;
}

/// The means over draws of 1-NN in both distances and of the linear classifier.
void probe_few(std::vector<ProbeMeasure>& measures, const Seen& all, const Seen& test, int count,
               const ProbeOptions& options, const Work& work) {
    const Work silent{work.pool};
    ProbeMeasure l2{"knn-1-l2", count, 0}, cosine{"knn-1-cosine", count, 0}, linear{"linear", count, 0};
    for (int draw = 0; draw < options.draws; ++draw) {
        tell(work.progress, static_cast<double>(draw) / options.draws);
        const auto chosen = balanced_draw(all.labels, count, options.seed + static_cast<std::uint64_t>(draw));
        const std::vector<float> features = take(all.features, chosen);
        const std::vector<std::uint8_t> labels = take_labels(all.labels, chosen);
        const MatrixRows rows(as_rows(features, all.features.cols()));
        const Seen few{rows, labels};
        constexpr std::array kOne{1};
        l2.accuracy += knn_accuracies(few, test, Distance::l2, kOne, silent)[0] / options.draws;
        cosine.accuracy += knn_accuracies(few, test, Distance::cosine, kOne, silent)[0] / options.draws;
        linear.accuracy += linear_accuracy(few, test, silent) / options.draws;
    }
    measures.insert(measures.end(), {l2, cosine, linear});
}

bool is_few(int count, Labels labels) {
    return static_cast<std::size_t>(count) < labels.size();
}

/// Pieces of work, of which progress is told.
std::size_t pieces(const ProbeLabels& labels, const ProbeOptions& options) {
    return kWholePieces + static_cast<std::size_t>(std::ranges::count_if(
                              options.few_labels, [&](int count) { return is_few(count, labels.train); }));
}

}  // namespace

std::vector<int> balanced_draw(std::span<const std::uint8_t> labels, int count, std::uint64_t seed) {
    const auto present = static_cast<int>(labels_in(labels).count());
    const int of_each = present > 0 ? std::max(1, count / present) : 0;
    std::array<int, 256> taken{};
    std::vector<int> chosen;
    for (const int i : shuffled(static_cast<int>(labels.size()), seed))
        if (taken[labels[static_cast<std::size_t>(i)]]++ < of_each) chosen.push_back(i);
    return chosen;
}

std::vector<ProbeMeasure> probe(const Features& features, const ProbeLabels& labels, const ProbeOptions& options,
                                ThreadPool& pool) {
    const MatrixRows train(as_rows(features.train, features.width)), test(as_rows(features.test, features.width));
    return probe(FeatureRows{features.name, train, test}, labels, options, pool);
}

std::vector<ProbeMeasure> probe(const FeatureRows& features, const ProbeLabels& labels, const ProbeOptions& options,
                                ThreadPool& pool) {
    if (labels.train.size() < static_cast<std::size_t>(kNeighbourCounts.back()) || labels.test.empty())
        throw UsageError(fmt::format("probe: {} training and {} test images; it takes at least {} and 1",
                                     labels.train.size(), labels.test.size(), kNeighbourCounts.back()));
    const Seen all{features.train, labels.train}, test{features.test, labels.test};
    const auto all_pieces = static_cast<double>(pieces(labels, options));
    int piece = 0;
    const auto next = [&](const std::string& what) -> Work {
        const auto told = [&options, all_pieces, before = piece++, text = features.name + ": " + what](double part) {
            if (options.progress) options.progress(text, (before + part) / all_pieces);
        };
        told(0);
        return {pool, told};
    };
    std::vector<ProbeMeasure> measures;
    for (const Distance distance : {Distance::l2, Distance::cosine}) {
        const Work work = next("k-NN " + distance_name(distance));
        const std::vector<double> accuracies = knn_accuracies(all, test, distance, kNeighbourCounts, work);
        for (std::size_t i = 0; i < kNeighbourCounts.size(); ++i)
            measures.push_back(
                {fmt::format("knn-{}-{}", kNeighbourCounts[i], distance_name(distance)), 0, accuracies[i]});
    }
    measures.push_back({"linear", 0, linear_accuracy(all, test, next("linear classifier"))});
    for (const int count : options.few_labels) {
        if (!is_few(count, labels.train)) continue;
        probe_few(measures, all, test, count, options, next(fmt::format("{} labels", count)));
    }
    return measures;
}

}  // namespace ae
