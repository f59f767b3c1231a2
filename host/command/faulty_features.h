// The columns of a table that `anomaly score` names beside a score.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ae/model.h"
#include "data/image_stream.h"
#include "use/feature_errors.h"

namespace ae {

/// The names of columns at fault: the `count` columns with the largest shares of an image's squared error.
class FaultyFeatures {
public:
    FaultyFeatures(const Model& model, const ImageFacts& images, int count);

    int count() const { return count_; }

    /// A text for each of these images: "radius=0.62; area=0.21". A column has its name in the training's table, or its
    /// number from 1.
    std::vector<std::string> texts(std::span<const float> images, std::span<const float> reconstructions) const;

private:
    std::string text(const std::vector<FeatureError>& errors) const;

    std::vector<std::string> columns_;
    int width_, count_;
};

}  // namespace ae
