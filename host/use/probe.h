// Accuracy of simple classifiers on features: a measure of a code other than its reconstruction.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/row_source.h"
#include "base/thread_pool.h"

namespace ae {

/// The same images in one form: codes, pixels, …
struct Features {
    std::string name;
    int width = 0;
    std::vector<float> train, test;  ///< [images × width]
};

/// The same of images that are read piece by piece.
struct FeatureRows {
    std::string name;
    const RowSource &train, &test;
};

struct ProbeLabels {
    std::span<const std::uint8_t> train, test;
};

/// Accuracy of a classifier on the test images.
struct ProbeMeasure {
    std::string classifier;  ///< "knn-3-cosine", …, "linear"
    int labels = 0;          ///< training labels it has seen; 0: all
    double accuracy = 0;     ///< in [0, 1]; with few labels the mean over draws
};

struct ProbeOptions {
    std::vector<int> few_labels = {100, 1000};  ///< sizes not below the training set's are left out
    int draws = 5;
    std::uint64_t seed = 42;
    /// Hears what is done now, and which part of all is done.
    std::function<void(const std::string& what, double part)> progress = {};
};

/// About `count` of the images: equally many of every label (of a rare one, all), chosen at random by the seed.
std::vector<int> balanced_draw(std::span<const std::uint8_t> labels, int count, std::uint64_t seed);

/// k-NN in L2 and cosine with k = 1, 3, 5 and multinomial logistic regression on all labels; 1-NN and the latter on a
/// few. Throws UsageError where there are fewer than five training images, or no test images.
std::vector<ProbeMeasure> probe(const FeatureRows& features, const ProbeLabels& labels, const ProbeOptions& options,
                                ThreadPool& pool);
std::vector<ProbeMeasure> probe(const Features& features, const ProbeLabels& labels, const ProbeOptions& options,
                                ThreadPool& pool);

}  // namespace ae
