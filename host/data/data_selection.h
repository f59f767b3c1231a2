// The images of a data set that a run trains on, and those that it validates on.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "ae/scale.h"
#include "data/image_selection.h"

namespace ae {

/// Training images that are kept back to validate on.
struct HeldOut {
    double fraction = 0;
    std::optional<std::uint64_t> seed = {};  ///< that draws them; none: the seed of the training
};

struct DataSelection {
    std::string digits;   ///< labels to keep, as parse_labels() reads them, numbers or names; empty: all
    std::string exclude;  ///< labels to leave out; empty: none
    /// Images to validate on: "test", or "split:F" or "split:F:SEED", a fraction F of the training images.
    std::string val = "test";

    bool operator==(const DataSelection&) const = default;

    bool chooses_labels() const { return !digits.empty() || !exclude.empty(); }
    LabelSet labels(const std::vector<std::string>& names) const;  ///< names of the labels 0, 1, …, or none
    std::optional<HeldOut> held_out() const;                       ///< none: the test images validate

    /// The selection as metadata of a model, by the options' names; options that were not given are left out.
    std::map<std::string, std::string> facts() const;

    /// The selection that facts() described, found among other metadata.
    static DataSelection of(const std::map<std::string, std::string>& facts);
};

struct SelectedData {
    Dataset data;                  ///< `test` holds the validation images
    std::optional<Images> test;    ///< the test images, if validation uses others: for one final evaluation
    std::string rest_sha256 = {};  ///< hash of all that Dataset::sha256 leaves out: the labels and the test images
    Scale scale = {};              ///< that the images were brought to

    /// Brings all images to a scale.
    void bring_to(Scale to);
};

/// What a set is called, and its labels.
struct SetNames {
    const std::string& set;
    const std::vector<std::string>& labels;  ///< of the labels 0, 1, …, or none
};

/// The numbers of the images with these labels. Throws UsageError where images have no labels, or none has one of
/// these.
std::vector<int> numbers_with_labels(std::span<const std::uint8_t> labels, const LabelSet& chosen, SetNames names);

/// A part of the set, as the set names it for people: the images with these labels. Throws as
/// numbers_with_labels() does.
Images with_labels(const Images& part, const LabelSet& labels, const Dataset& set);

/// The numbers of the training images that are left and held out, ascending; `seed` is that of the training. Throws
/// UsageError where one of the two has none.
RandomSplit hold_out(int images, const HeldOut& part, std::uint64_t seed);

/// `seed` is that of the training. Labels are chosen first, in both sets.
/// Throws UsageError: a choice by label where there are no labels, or one that leaves nothing to train or validate on.
SelectedData select(Dataset data, const DataSelection& selection, std::uint64_t seed);

}  // namespace ae
