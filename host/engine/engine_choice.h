// Which engine `auto` takes on a GPU: the fastest that has been timed there.
#pragma once
#include <optional>
#include <string>

#include "ae/engine.h"

namespace ae {

/// Engines of a GPU that can train this, the most general first. Whether each works on the GPU at hand they say
/// themselves.
std::vector<std::string> gpu_engines_for(const Settings& settings, const EngineOptions& options);

/// The engine that keep_fastest_engine() was told of for such a network, batch and precision on this GPU with this
/// driver and this version of the program; none where nothing was timed, or where there is no GPU.
std::optional<std::string> fastest_engine(const Settings& settings, const EngineOptions& options);

void keep_fastest_engine(const Settings& settings, const EngineOptions& options, const std::string& name);

}  // namespace ae
