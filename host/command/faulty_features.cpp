#include "command/faulty_features.h"

#include <fmt/format.h>

#include "base/rows.h"
#include "model/training_data.h"

namespace ae {

FaultyFeatures::FaultyFeatures(const Model& model, const ImageFacts& images, int count)
    : columns_(trained_columns(model.metadata)), width_(model.settings.shape.pixels()), count_(count) {
    if (columns_.empty()) columns_ = images.columns;
}

std::vector<std::string> FaultyFeatures::texts(std::span<const float> images,
                                               std::span<const float> reconstructions) const {
    std::vector<std::string> texts;
    for (const auto& errors : largest_errors(as_rows(images, width_), as_rows(reconstructions, width_), count_))
        texts.push_back(text(errors));
    return texts;
}

std::string FaultyFeatures::text(const std::vector<FeatureError>& errors) const {
    std::string text;
    for (const FeatureError& e : errors)
        text += fmt::format("{}{}={:.2f}", text.empty() ? "" : "; ", column_name(columns_, e.feature), e.share);
    return text;
}

}  // namespace ae
