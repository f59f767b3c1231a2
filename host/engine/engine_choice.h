// The engine that `auto` takes on a GPU: the fastest that has been timed there and whose loss agrees with the CPU's.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ae/engine.h"

namespace ae {

/// Engines of a GPU that can train this, the most general first. Each reports on construction whether it works on this
/// GPU.
std::vector<std::string> gpu_engines_for(const Settings& settings, const EngineOptions& options);

/// The result of an engine in a bench.
struct EngineTiming {
    std::string engine;
    int batch_size = 0;
    double loss = 0;          ///< after the same number of steps from the same start
    double microseconds = 0;  ///< a step, median
};

/// The first timing of the same batch size: the one whose loss counts as right.
const EngineTiming& reference_of(const std::vector<EngineTiming>& timings, const EngineTiming& timing);

/// Whether two losses are equal up to rounding. False if either is NaN or infinite.
bool losses_agree(double loss, double reference, Precision math);

/// For each batch size, the fastest GPU engine whose loss agrees with the reference.
std::map<int, std::string> fastest_agreeing(const std::vector<EngineTiming>& timings, Precision math);

/// The engine that keep_fastest_engine() was told of for such a network, batch and precision on this GPU with this
/// driver and this version of the program; none if nothing was timed, or if there is no GPU.
std::optional<std::string> fastest_engine(const Settings& settings, const EngineOptions& options);

void keep_fastest_engine(const Settings& settings, const EngineOptions& options, const std::string& name);

}  // namespace ae
