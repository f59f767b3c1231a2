#include "model/scale_tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "engine/names.h"
#include "file/tensor_floats.h"
#include "model/parameter_tensors.h"

namespace ae {
namespace {

constexpr const char *kOffset = "scale.offset", *kFactor = "scale.factor";

std::vector<float> take(TensorFile& file, const char* tensor, const Settings& settings, const std::string& name) {
    const auto width = static_cast<std::size_t>(settings.shape.pixels());
    const auto at = file.tensors.find(tensor);
    if (at == file.tensors.end())
        throw ModelError(fmt::format("{}: was trained with --scale {} and its tensor {} is missing; it is damaged",
                                     name, text(settings.scaling), tensor));
    if (at->second.shape != std::vector<std::uint64_t>{width})
        throw ModelError(fmt::format("{}: tensor {} is [{}]; the network takes {} numbers", name, tensor,
                                     fmt::join(at->second.shape, ", "), width));
    return take_floats(file, tensor, name);
}

}  // namespace

void add_scale(TensorFile& file, const Scale& scale) {
    if (scale.is_none()) return;
    file.tensors[kOffset] = tensor_of(scale.offset, {scale.offset.size()});
    file.tensors[kFactor] = tensor_of(scale.factor, {scale.factor.size()});
}

bool has_scale(const TensorFile& file) {
    return file.tensors.contains(kOffset) || file.tensors.contains(kFactor);
}

Scale take_scale(TensorFile& file, const Settings& settings, const std::string& name) {
    if (settings.scaling == Scaling::none) return {};
    Scale scale{take(file, kOffset, settings, name), take(file, kFactor, settings, name)};
    const auto wrong = std::ranges::find_if_not(scale.factor, [](float factor) { return factor > 0; });
    if (wrong != scale.factor.end())
        throw ModelError(fmt::format("{}: tensor {} holds {}; a scale's factors are above 0", name, kFactor, *wrong));
    return scale;
}

}  // namespace ae
