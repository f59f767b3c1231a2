// The columns of a table that `anomaly score` names beside a score.
#pragma once
#include <string>
#include <vector>

#include "ae/model.h"
#include "data/image_input.h"
#include "use/feature_errors.h"

namespace ae {

/// The names of columns at fault, for a model and the images that it was applied to.
class FaultyFeatures {
public:
    /// The `count` columns with the largest shares of each image's squared error.
    FaultyFeatures(const Model& model, const InputImages& images, const std::vector<float>& reconstructions, int count);

    const std::vector<FeatureError>& of(std::size_t image) const { return errors_[image]; }

    /// The column's name in the training's table, or its number from 1.
    std::string name(int feature) const;

    /// "radius=0.62; area=0.21"
    std::string text(std::size_t image) const;

private:
    std::vector<std::string> columns_;
    std::vector<std::vector<FeatureError>> errors_;
};

}  // namespace ae
