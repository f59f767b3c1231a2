#include "engine/engine_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ae/version.h"
#include "engine/choice_cache.h"
#include "engine/engine_list.h"
#include "engine/gpu.h"
#include "engine/names.h"

namespace ae {

namespace {

/// Empty if no choice can be kept.
std::optional<ChoiceCache> choices() {
    const std::string gpu = gpu_identity();
    if (gpu.empty()) return std::nullopt;
    return ChoiceCache(fmt::format("engines {} {} {}", gpu, kVersion, kCommit));
}

/// All that an engine's speed depends on.
std::string text_of(const Settings& s, const EngineOptions& options) {
    return fmt::format("{} {} {} noise {} batch {} math {}{}", s.shape.text(), text(s.activation),
                       text(s.code_activation), s.noise.text(), s.batch_size, static_cast<int>(options.math),
                       s.loss == Loss::bce ? "" : " loss " + text(s.loss));
}

}  // namespace

std::vector<std::string> gpu_engines_for(const Settings& settings, const EngineOptions& options) {
    std::vector<std::string> names;
    for (const EngineEntry& engine : engine_list())
        if (engine.is_on_gpu && engine.why_not(settings, options).empty()) names.push_back(engine.name);
    return names;
}

const EngineTiming& reference_of(const std::vector<EngineTiming>& timings, const EngineTiming& timing) {
    return *std::find_if(timings.begin(), timings.end(),
                         [&](const EngineTiming& other) { return other.batch_size == timing.batch_size; });
}

bool losses_agree(double loss, double reference, Precision math) {
    const double tolerance = math == Precision::fp32 ? 1e-4 : 2e-2;
    return std::isfinite(reference) && std::abs(loss - reference) <= tolerance * reference;
}

std::map<int, std::string> fastest_agreeing(const std::vector<EngineTiming>& timings, Precision math) {
    std::map<int, const EngineTiming*> fastest;
    for (const EngineTiming& t : timings) {
        if (!find_engine(t.engine).is_on_gpu || !losses_agree(t.loss, reference_of(timings, t).loss, math)) continue;
        const EngineTiming*& best = fastest[t.batch_size];
        if (best == nullptr || t.microseconds < best->microseconds) best = &t;
    }
    std::map<int, std::string> names;
    for (const auto& [batch_size, best] : fastest) names[batch_size] = best->engine;
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
