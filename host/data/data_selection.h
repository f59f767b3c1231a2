// Which images of a data set a run trains on and which it validates on.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "ae/dataset.h"
#include "data/image_selection.h"

namespace ae {

struct DataSelection {
    std::string digits;        ///< labels to keep, as parse_labels() reads them; empty: all
    std::string exclude;       ///< labels to leave out; empty: none
    std::string val = "test";  ///< what to validate on: "test", or "split:F", a fraction F of the training images

    bool operator==(const DataSelection&) const = default;

    LabelSet labels() const;
    std::optional<double> held_out() const;  ///< F of "split:F"

    /// What is kept with a model, by the options' names; what was not asked for is left out.
    std::map<std::string, std::string> facts() const;

    /// The selection that facts() told of, found among other facts.
    static DataSelection of(const std::map<std::string, std::string>& facts);
};

struct SelectedData {
    Dataset data;                  ///< `test` holds what is validated on
    std::optional<Images> test;    ///< the test images, where validation is on others: for one look at the end
    std::string rest_sha256 = {};  ///< of all that Dataset::sha256 leaves out: the labels and the test images
};

/// Throws UsageError where a text is not what it should be.
void check(const DataSelection& selection);

/// The seed draws the images that "split:F" holds out; labels are chosen first, in both sets.
/// Throws UsageError: a choice by label where there are no labels, or one that leaves nothing to train or validate on.
SelectedData select(Dataset data, const DataSelection& selection, std::uint64_t seed);

}  // namespace ae
