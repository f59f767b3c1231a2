// A data set whose images are read piece by piece.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "data/image_input.h"
#include "data/image_selection.h"
#include "data/image_stream.h"

namespace ae {

struct SetStreams {
    using Stream = std::shared_ptr<const ImageStream>;

    std::string name;    ///< "mnist", or the file's or folder's
    std::string origin;  ///< where it was found, for people
    Stream train, test;  ///< `test` is null where the set has no test images
    std::vector<std::string> label_names = {};
    std::string sha256 = {};  ///< Dataset::sha256; empty: nobody has read the images yet
};

/// A set in memory.
SetStreams streams_of(Dataset data);

/// A file or folder whose images fit the network and stay where they are: a plain IDX file, a folder of them, whose
/// labels are then in memory, and an .npy array as numpy.save() writes it, which holds bytes unless the network takes
/// numbers. None for all others, which load_dataset() reads or refuses.
std::optional<SetStreams> set_on_disk(const std::string& source, const WantedImages& wanted, bool as_numbers);

/// "mnist: 60000 training and 10000 test images of 28×28, data/mnist"
std::string describe(const SetStreams& set);

/// Hears how many images of how many have been read.
using ReadProgress = std::function<void(int done, int all)>;

/// Dataset::sha256 and SelectedData::rest_sha256 of the same set.
std::string train_sha256(const SetStreams& set, const ReadProgress& progress = {});
std::string rest_sha256(const SetStreams& set, const ReadProgress& progress = {});

/// The images of a part that have one of these labels. Throws UsageError as with_labels() does.
SetStreams::Stream with_labels(const SetStreams::Stream& part, const LabelSet& labels, const SetStreams& set);

}  // namespace ae
