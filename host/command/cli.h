// Options that several commands share, of data and engines, and the version.
#pragma once
#include <map>
#include <string>

#include "ae/dataset.h"
#include "ae/engine.h"
#include "command/command_line.h"
#include "train/progress.h"

namespace ae {

/// --transpose, --gray, --resize, --label, --ignore
struct ReadingArguments {
    ImageReading reading;
    std::string resize;

    void add_to(CommandLine& line);

    /// Those of the command line; if it has none, those that the metadata of a model describe. Throws UsageError.
    ImageReading asked(const std::map<std::string, std::string>& facts = {}) const;

    /// The same for other images than those of the training, whose rows and columns nobody has swapped.
    ImageReading asked_for_input(const std::map<std::string, std::string>& facts) const;
};

/// --data, --mirror, --no-download, and those of ReadingArguments
struct DataArguments {
    DatasetOptions options;
    bool no_download = false;
    ReadingArguments reading;

    void add_to(CommandLine& line);

    /// From now on images are read as those that a model was trained on, unless the command line says how. Throws
    /// UsageError.
    void read_as(const std::map<std::string, std::string>& facts) { options.reading = reading.asked(facts); }

    /// Says on stderr what was found, unless `quiet`; draws the progress of a download.
    Dataset load(ProgressMode progress = ProgressMode::automatic, bool quiet = false) const;
};

/// --engine, --math, --threads, --no-graph, --epoch-graph, --no-autotune
struct EngineArguments {
    std::string engine = "auto";
    std::string math = "fp32";
    int threads = 0;
    bool no_graph = false, epoch_graph = false, no_autotune = false;

    void add_to(CommandLine& line);
    EngineOptions options() const;
};

/// The batch size that was given, otherwise the default, which is reduced if there are fewer images.
int fitting_batch(const CommandLine& line, int batch_size, int images);

/// "0.1.0 (commit 1a2b3c4)"
std::string version_text();

}  // namespace ae
