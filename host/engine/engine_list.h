// The list of engines: one table, which make_engine(), --engine, bench, auto and explain read.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/network.h"
#include "engine/peaks.h"

namespace ae {

struct EngineEntry {
    std::string name;
    bool is_on_gpu;
    bool is_for_people;  ///< named in help; `truth` is for tests

    /// Why it cannot train this, in one line; empty if it can.
    std::string (*why_not)(const Settings& settings, const EngineOptions& options);

    /// The settings fit the data. Throws UsageError where why_not() is not empty, GpuError where there is no GPU.
    std::unique_ptr<Engine> (*make)(const Settings& settings, const EngineOptions& options, const Dataset& data);
    std::unique_ptr<Network> (*make_network)(const Settings& settings, std::span<const float> parameters,
                                             const EngineOptions& options);

    /// The peaks of its device; threads: of the CPU.
    Peaks (*peaks)(int threads);
};

/// The most general engine of a device comes first.
std::span<const EngineEntry> engine_list();

/// Throws UsageError, which names those for people, if there is none of this name.
const EngineEntry& find_engine(const std::string& name);

/// Gives each of several ranks a GPU of its own where the engine runs on one. Throws GpuError where not each has one.
void require_a_gpu_each(const EngineEntry& engine, const EngineOptions& options);

/// The names of the engines for people, for --engine; without `auto`.
std::vector<std::string> engine_names();

}  // namespace ae
