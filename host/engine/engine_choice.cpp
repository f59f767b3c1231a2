#include "engine/engine_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/version.h"
#include "engine/choice_cache.h"
#include "engine/gpu.h"
#include "engine/names.h"

namespace ae {

namespace {

/// Empty where no choice can be kept.
std::optional<ChoiceCache> choices() {
    const std::string gpu = gpu_identity();
    if (gpu.empty()) return std::nullopt;
    return ChoiceCache(fmt::format("engines {} {} {}", gpu, kVersion, kCommit));
}

/// All that an engine's speed depends on.
std::string text_of(const Settings& s, const EngineOptions& options) {
    return fmt::format("{} {} {} noise {} batch {} math {}", s.shape.text(), text(s.activation),
                       text(s.code_activation), s.noise.text(), s.batch_size, static_cast<int>(options.math));
}

}  // namespace

std::vector<std::string> gpu_engines_for(const Settings& settings, const EngineOptions& options) {
    std::vector<std::string> names{"cublas", "cublaslt"};
    if (why_not_fused(settings, options).empty()) names.emplace_back("fused");
    return names;
}

std::optional<std::string> fastest_engine(const Settings& settings, const EngineOptions& options) {
    const auto cache = choices();
    const auto name = cache ? cache->find(text_of(settings, options)) : std::nullopt;
    const std::vector<std::string> fit = gpu_engines_for(settings, options);
    return name && std::find(fit.begin(), fit.end(), *name) != fit.end() ? name : std::nullopt;
}

void keep_fastest_engine(const Settings& settings, const EngineOptions& options, const std::string& name) {
    if (auto cache = choices()) cache->put(text_of(settings, options), name);
}

}  // namespace ae
