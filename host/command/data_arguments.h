// The options of a data set: which one, and how its images are read.
#pragma once
#include <map>
#include <string>

#include "ae/dataset.h"
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

}  // namespace ae
