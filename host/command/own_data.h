// The images that a command measures a model with: those that it was trained on, unless the command line names others.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "ae/model.h"
#include "command/data_arguments.h"
#include "data/data_selection.h"
#include "data/image_input.h"
#include "data/image_stream.h"
#include "model/training_data.h"

namespace ae {

/// A data set, taken apart as the model's training took it.
struct OwnData {
    SelectedData selected;
    bool holds_out = false;  ///< images were held out of the training part to validate on

    const Dataset& set() const { return selected.data; }
    const Images& trained_on() const { return selected.data.train; }
    const Images& validation() const { return selected.data.test; }

    /// The test images; where the set has none, those that validation uses.
    const Images& test() const;

    /// Keeps the images with other labels than the training's, of each part. Throws UsageError where nothing is left.
    void keep(const DataSelection& labels);

    /// "mnist, labels 0-4"
    std::string name() const;

    std::string labels = {};  ///< "", or ", labels 0-4"
};

/// The same, read piece by piece.
struct OwnStreams {
    using Stream = std::shared_ptr<const ImageStream>;

    std::string name;                     ///< "mnist, labels 0-4"
    Stream trained_on, validation, test;  ///< one and the same where the set has no such part
};

/// --data, --mirror, --no-download, --labels, --exclude; by default all is as the model's file says.
struct OwnDataArguments {
    DataArguments data;
    DataSelection selection;

    OwnDataArguments() { data.options.source.clear(); }
    void add_to(CommandLine& line);

    /// The data that load() will read, as --data takes it.
    std::string source(const Model& model, const std::filesystem::path& model_path) const;

    /// Says on stderr what is used; numbers are brought to the model's scale. Throws UsageError where the images do not
    /// fit the model, DataError where its own data are no longer there, or are others than they were.
    OwnData load(const Model& model, const std::filesystem::path& model_path) const;

    /// The same, in which an IDX file and an .npy array, of bytes or for a model of numbers of any, which have no
    /// labels, stay where they are. All others are in memory, in bytes or in numbers.
    OwnStreams open(const Model& model, const std::filesystem::path& model_path) const;

private:
    /// What load() reads, and whether it is what the model's file names.
    DataArguments found(const Model& model, const std::filesystem::path& model_path, bool& is_own) const;
};

}  // namespace ae
