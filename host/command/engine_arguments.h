// The options of an engine.
#pragma once
#include <string>

#include "ae/engine.h"
#include "command/command_line.h"

namespace ae {

/// --engine, --math, --threads, --no-graph, --epoch-graph, --no-autotune
struct EngineArguments {
    std::string engine = "auto";
    std::string math = "fp32";
    int threads = 0;
    bool no_graph = false, epoch_graph = false, no_autotune = false;
    Group* group = nullptr;  ///< the ranks that train, or apply a model, together; null: this process alone

    void add_to(CommandLine& line);
    EngineOptions options() const;
    int rank() const;  ///< in the group, 0 without one
};

/// The batch size that was given, otherwise the default, which is reduced if there are fewer images.
int fitting_batch(const CommandLine& line, int batch_size, int images);

}  // namespace ae
