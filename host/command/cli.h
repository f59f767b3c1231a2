// The command line: how every command reads its options, and the options that several of them share.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "ae/engine.h"
#include "train/progress.h"

namespace ae {

using Arguments = std::vector<std::string>;

/// A command line of its own: `ae_cuda NAME`. The example is printed below the options.
class CommandLine : public CLI::App {
public:
    CommandLine(const std::string& name, const std::string& description, const std::string& example);

    /// False where there is nothing left to do because help was asked for and printed.
    /// Throws UsageError: what was wrong and, for an unknown option, the nearest one that exists.
    bool read(const Arguments& arguments);

    /// True when the option was given on the command line, in the configuration file or the environment.
    bool given(const std::string& option) const { return count(option) > 0; }
};

/// --data, --mirror, --no-download
struct DataArguments {
    DatasetOptions options;
    bool no_download = false;

    void add_to(CLI::App& app);

    /// Says on stderr what was found, unless `quiet`; draws the progress of a download.
    Dataset load(ProgressMode progress = ProgressMode::automatic, bool quiet = false) const;
};

/// --engine, --math, --threads, --no-graph, --epoch-graph, --no-autotune
struct EngineArguments {
    std::string engine = "auto";
    std::string math = "fp32";
    int threads = 0;
    bool no_graph = false, epoch_graph = false, no_autotune = false;

    void add_to(CLI::App& app);
    EngineOptions options() const;
};

/// Validators with messages for people.
CLI::Validator at_least(double bound);
CLI::Validator above(double bound);
CLI::Validator between(double low, double high);

/// "0.1.0 (commit 1a2b3c4)"
std::string version_text();

}  // namespace ae
