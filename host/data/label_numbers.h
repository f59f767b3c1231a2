// Labels that are names, as numbers.
#pragma once
#include <string>
#include <vector>

#include "ae/dataset.h"

namespace ae {

/// The label of every image of a part, as text; empty if the part has no labels.
using LabelTexts = std::vector<std::string>;

/// Gives the parts of a set their labels. Names that are all numbers in 0…255 are these numbers; all others are counted
/// in natural order ("2" before "10"), over both parts, and kept in Dataset::label_names. Throws DataError if there are
/// more than 256.
void set_labels(Dataset& data, const LabelTexts& train, const LabelTexts& test);

}  // namespace ae
