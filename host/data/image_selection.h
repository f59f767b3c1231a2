// Choosing among images: by label, at random.
#pragma once
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "ae/view.h"

namespace ae {

using LabelSet = std::bitset<256>;

/// Reads "7", "0-4" or "1,3,5-9", of labels 0…255, and "cat,dog" where these are among the `names` of the labels
/// 0, 1, …. Throws UsageError, naming the option.
LabelSet parse_labels(const std::string& option, const std::string& text, const std::vector<std::string>& names = {});

/// The label's name, or its number where it has none.
std::string label_text(std::size_t label, const std::vector<std::string>& names);

/// "1, 3, 5, 6, 7", or names.
std::string labels_text(const LabelSet& labels, const std::vector<std::string>& names = {});

/// The labels that occur.
LabelSet labels_in(std::span<const std::uint8_t> labels);

/// Numbers of the images whose label is in the set, ascending.
std::vector<int> indices_of(std::span<const std::uint8_t> labels, const LabelSet& chosen);

/// 0 … n − 1 in a random order that depends on n and the seed alone.
std::vector<int> shuffled(int n, std::uint64_t seed);

/// 0 … n − 1 in two parts, at random.
struct RandomSplit {
    std::vector<int> kept, held_out;
};

/// A fraction of them is held out, rounded to a whole number. The same n, fraction and seed give the same parts:
/// `anomaly fit` finds the images again that `train --val split:F` held out. Throws UsageError for a
/// fraction outside [0, 1].
RandomSplit random_split(int n, double held_out, std::uint64_t seed);

Images take_images(const Images& images, std::span<const int> indices);
/// Keeps those of the images, in place: a copy would take as much memory again.
void keep_images(Images& images, std::span<const int> ascending);

std::vector<float> take_rows(Matrix<const float> rows, std::span<const int> indices);
std::vector<std::uint8_t> take_labels(std::span<const std::uint8_t> labels, std::span<const int> indices);

}  // namespace ae
