// INPUT on the command line: a person's own images, or those of a data set.
#pragma once
#include "ae/model.h"
#include "command/data_arguments.h"
#include "data/image_input.h"

namespace ae {

/// INPUT, --invert, --mirror, --no-download, and those of ReadingArguments
struct InputArguments {
    ImageSource source;
    bool no_download = false;
    ReadingArguments reading;

    /// INPUT is required, or by default the data that the model was trained on.
    void add_to(CommandLine& line, bool is_required = true);

    /// Images that fit the network, to be read piece by piece, as those of its training are read unless the command
    /// line says how; a data set is described on stderr. Throws as open_images() does.
    ImageStreamPtr open(const Model& model) const { return open(model, source.name); }

    /// The same of another source, found and inverted like this one.
    ImageStreamPtr open(const Model& model, const std::string& name) const;
};

/// Opens images for a model as those of its training are read, unless `reading` says how; a data set is described on
/// stderr; numbers are brought to the model's scale. Throws as open_images() does, DataError for a table with other
/// columns than those of the training.
ImageStreamPtr open_input(ImageSource source, const ReadingArguments& reading, bool no_download, const Model& model);

}  // namespace ae
