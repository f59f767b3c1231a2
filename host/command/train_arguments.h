// The options of `ae_cuda train`, from the command line and --config, and the settings they ask for.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "command/data_arguments.h"
#include "command/engine_arguments.h"
#include "data/data_selection.h"

namespace ae {

struct TrainArguments {
    std::string preset = "spec";
    DataArguments data;
    DataSelection selection;
    EngineArguments engine;
    Settings settings;
    std::string layers = "128-64-128";
    int epochs = 10;
    std::string activation = "relu", code_activation = "relu", schedule = "constant", noise = "none";
    std::string loss, scale;            ///< empty: as the data are, see train_units.h
    std::string out;                    ///< empty: runs/<time>
    std::optional<std::string> resume;  ///< a run folder, or "" for --out or the latest one
    bool force = false;
    std::string checkpoint_every;  ///< "2e" or "500s"; empty: after an epoch, at most every ten seconds
    int early_stop = 0;
    int models = 1;             ///< above 1: an ensemble, see ensemble_arguments.h
    std::string keep;           ///< "best" or "last"; empty: the best with early_stop, otherwise the last
    std::string init;           ///< a model whose weights are the first; empty: random ones
    std::string profile_steps;  ///< "A:B"
    bool quiet = false;
    std::string progress = "auto";
    std::string command;  ///< all of the command line, for people

    void add_to(CommandLine& line);
    bool keeps_best() const { return keep.empty() ? early_stop > 0 : keep == "best"; }
};

/// The settings asked for, but for the shape, which also depends on the images. Throws UsageError.
Settings asked_settings(const TrainArguments& arguments);

/// The settings of a resumed run, replaced by those that were given on this command line.
Settings override_settings(const Settings& saved, const TrainArguments& arguments, const CommandLine& line);

/// The folder that --resume means: the one it names; without a name --out, then the latest in runs/. Throws UsageError.
std::string resumed_folder(const TrainArguments& arguments);

/// Steps between checkpoints from "3", "3e" (epochs) or "500s" (steps). Throws UsageError.
std::optional<std::uint64_t> parse_checkpoint_every(const std::string& text, std::uint64_t steps_per_epoch);

struct StepRange {
    std::uint64_t first = 0, last = 0;
};

/// First and last step from "A:B", 0 ≤ A < B. Throws UsageError.
StepRange parse_steps(const std::string& text);

}  // namespace ae
