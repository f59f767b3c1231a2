// The images that a person names on the command line, in any format.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "data/image_stream.h"
#include "file/picture.h"

namespace ae {

/// A file (IDX, .npy, .npz, CSV, PNG or JPEG: its content decides), a folder of pictures, of IDX files or with a
/// train.csv, or a data set's name. What has training and test images means the latter, unless ":train" follows it.
struct ImageSource {
    std::string name;
    bool invert = false;              ///< dark on light: 1 − pixel; transparent parts of a PNG are then white paper
    DatasetOptions data;              ///< how named sets are found and images are read; its own `source` is not used
    bool reading_is_assumed = false;  ///< data.reading is that of a model's training: tables may lack its columns
};

/// The images that a network takes: the number of pixels and, if known, the size; height and width are 0 otherwise.
struct WantedImages {
    int pixels = 0;
    ImageSize size = {0, 0};
    bool any_number = false;  ///< or only values in [0, 1]

    WantedImages(int count) : pixels(count) {}
    explicit WantedImages(ImageSize known) : pixels(static_cast<int>(known.values())), size(known) {}

    bool has_size() const { return size.width > 0; }

    /// The size, or one row if it is not known: no guess.
    ImageSize size_or_row() const { return has_size() ? size : ImageSize{pixels, 1}; }
};

/// Opens images; arrays may be n×h×w, n×pixels or a single h×w, with an axis for channels after them or before h.
/// Pictures are read in grey or in colour, as the network takes them. The name of a data set means the set even if a
/// folder has that name: ./mnist is the folder. Where source.data.reading asks for numbers, values are those that the
/// files hold; otherwise bytes are pixels in [0, 1]. Throws DataError if they cannot be read, UsageError if they are of
/// another size. IDX files and .npy arrays are read as they are asked for; all others are in memory afterwards. A value
/// that is not among those wanted is found when it is read: DataError, naming its place.
ImageStreamPtr open_images(const ImageSource& source, const WantedImages& wanted);

/// Images as the network takes them: rows of a table get its size, grey ones become colour where it takes colour.
/// Throws UsageError for images of another size.
void fit(Images& images, const std::string& origin, const WantedImages& wanted);

/// The files that open_images() reads, or of which a data set of this name or folder consists; missing ones are left
/// out. Never throws an Error.
std::vector<std::filesystem::path> files_of_source(const std::string& name);

}  // namespace ae
