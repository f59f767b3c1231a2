#include "command/faulty_features.h"

#include <fmt/format.h>

#include "base/rows.h"
#include "model/training_data.h"

namespace ae {

FaultyFeatures::FaultyFeatures(const Model& model, const InputImages& images, const std::vector<float>& reconstructions,
                               int count)
    : columns_(trained_columns(model.metadata)) {
    const int width = model.settings.shape.pixels();
    errors_ = largest_errors(as_rows(images.pixels, width), as_rows(reconstructions, width), count);
    if (columns_.empty()) columns_ = images.columns;
}

std::string FaultyFeatures::name(int feature) const {
    const auto place = static_cast<std::size_t>(feature);
    return place < columns_.size() ? columns_[place] : std::to_string(feature + 1);
}

std::string FaultyFeatures::text(std::size_t image) const {
    std::string text;
    for (const FeatureError& e : of(image))
        text += fmt::format("{}{}={:.2f}", text.empty() ? "" : "; ", name(e.feature), e.share);
    return text;
}

}  // namespace ae
