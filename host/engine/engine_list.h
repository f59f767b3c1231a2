// The engines there are: one table, which make_engine(), --engine, bench, auto and explain read.
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

    /// Why it cannot train this, in one line; empty where it can.
    std::string (*why_not)(const Settings& settings, const EngineOptions& options);

    /// The settings fit the data. Throws UsageError where why_not() is not empty, GpuError where there is no GPU.
    std::unique_ptr<Engine> (*make)(const Settings& settings, const EngineOptions& options, const Dataset& data);
    std::unique_ptr<Network> (*make_network)(const Settings& settings, std::span<const float> parameters,
                                             const EngineOptions& options);

    /// What its device can do at most; threads: of the CPU.
    Peaks (*peaks)(int threads);
};

/// The most general engine of a device comes first.
std::span<const EngineEntry> engine_list();

/// Throws UsageError, naming those for people, where there is none of this name.
const EngineEntry& find_engine(const std::string& name);

/// Of the engines for people, as --engine takes them; `auto` is none of them.
std::vector<std::string> engine_names();

}  // namespace ae
