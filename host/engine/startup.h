// The times between the start of a process and its first step of training.
#pragma once
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "ae/engine.h"

namespace ae {

struct StartupStage {
    std::string name;
    double seconds = 0;
};

/// Seconds since this process began, in hundredths; 0 if /proc does not say.
double seconds_since_process_start();

/// Begins to make a GPU's context, which everything else there needs, beside other work; nothing for `cpu`. Keep the
/// value until the engine is made.
std::future<void> begin_gpu(const std::string& engine);

/// Starts training as `ae_cuda train` does. Its stages: the time since the process began, reading the data, making the
/// engine, the first step.
std::vector<StartupStage> time_startup(const std::string& engine, const EngineOptions& options,
                                       const std::function<Dataset()>& load);

}  // namespace ae
