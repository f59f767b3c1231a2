// The options of `ae_cuda sweep`: those of train, of which some take several values.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "command/train_arguments.h"
#include "train/sweep_axis.h"

namespace ae {

struct SweepArguments {
    TrainArguments train;  ///< its out and resume are the sweep's
    std::vector<std::string> layers, code, lr, batch_size, noise;
    std::string together = "auto";  ///< or yes, no: whether a GPU trains models of one shape side by side
    int seeds = 1;
    int random = 0;   ///< settings that are drawn; 0: the whole grid
    int halving = 0;  ///< E; 0: every model is trained to the end
    std::string keep = "best";
    bool same_split = false;         ///< with --val split:F all seeds hold out the same images
    std::vector<std::string> given;  ///< options that the command line or its file has

    void add_to(CommandLine& line);
    bool is_given(const std::string& option) const;

    /// The folder that --resume means. Throws UsageError.
    std::string resumed_folder() const;

    /// The axes that were given, in the order of the table's columns. Throws UsageError.
    std::vector<SweepAxis> axes() const;

    /// Models whose folders are kept. Throws UsageError.
    std::size_t kept_models() const;
};

/// Why models are never trained side by side, in one line; empty where they can be.
std::string why_never_together(const SweepArguments& arguments);

/// Throws UsageError for options of which one excludes the other, and for values that no data would fit.
void check(const SweepArguments& arguments);

/// The options of a model: those of the sweep with one value of each axis. `pixels`: values of an image.
/// Throws UsageError, naming the value that does not fit.
TrainArguments with_values(const SweepArguments& arguments, const std::vector<SweepAxis>& axes,
                           const std::vector<std::string>& values, int pixels);

}  // namespace ae
