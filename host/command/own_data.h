// The images that a command measures a model with: those that it was trained on, unless the command line names others.
#pragma once
#include <filesystem>
#include <string>

#include "ae/model.h"
#include "command/data_arguments.h"
#include "data/data_selection.h"
#include "data/set_streams.h"
#include "model/training_data.h"

namespace ae {

/// A data set, taken apart as the model's training took it, whose images are read piece by piece.
struct OwnData {
    using Stream = SetStreams::Stream;

    SetStreams set = {};                      ///< all of it
    Stream trained_on = {}, validation = {};  ///< one and the same where the set has no such part
    Stream test = {};                         ///< the test images; where the set has none, those that validation uses
    bool holds_out = false;                   ///< images were held out of the training part to validate on
    std::string labels = {};                  ///< "", or ", labels 0-4"
    std::string sha256 = {};                  ///< of the training images, if it was needed

    /// Keeps the images with other labels than the training's, of each part. Throws UsageError where nothing is left.
    void keep(const DataSelection& labels);

    /// "mnist, labels 0-4"
    std::string name() const { return set.name + labels; }
};

/// --data, --mirror, --no-download, --labels, --exclude; by default all is as the model's file says.
struct OwnDataArguments {
    DataArguments data;
    DataSelection selection;

    OwnDataArguments() { data.options.source.clear(); }
    void add_to(CommandLine& line);

    /// The data that open() will read, as --data takes it.
    std::string source(const Model& model, const std::filesystem::path& model_path) const;

    /// Says on stderr what is used; numbers are brought to the model's scale. Images of set_on_disk() stay where they
    /// are, all others are in memory, in bytes or in numbers. Throws UsageError where the images do not fit the model,
    /// DataError where its own data are no longer there, or are others than they were.
    OwnData open(const Model& model, const std::filesystem::path& model_path) const;

private:
    /// What open() reads, and whether it is what the model's file names.
    DataArguments found(const Model& model, const std::filesystem::path& model_path, bool& is_own) const;
};

}  // namespace ae
