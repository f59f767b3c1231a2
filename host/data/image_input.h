// The images that a person names on the command line, in any format.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "file/picture.h"

namespace ae {

/// A file (IDX, .npy or PNG: its content decides), a folder of PNG files or of the four IDX files, or a data set's
/// name. A data set's name means its test images, unless ":train" follows it.
struct ImageSource {
    std::string name;
    bool invert = false;  ///< dark on light: 1 − pixel; transparent parts of a PNG are then white paper
    DatasetOptions data;  ///< how named sets are found; its own `source` is not used
};

struct InputImages {
    std::string origin = {};  ///< for people: the file or set that was read
    int count = 0;
    int height = 0;
    int width = 0;
    std::vector<float> pixels = {};         ///< count × height × width in [0, 1]
    std::vector<std::uint8_t> labels = {};  ///< count, or empty
    std::vector<std::string> names = {};    ///< of a folder's files, in the order of the images; otherwise empty
};

/// Reads images of `pixels` pixels each; arrays may be n×h×w, n×pixels or a single h×w. Throws DataError where they
/// cannot be read or a value lies outside [0, 1] (naming its place), UsageError where they are of another size.
InputImages read_images(const ImageSource& source, int pixels);

/// The size of images of which only the number of pixels is known: a square if possible, otherwise one row.
ImageSize image_size(int pixels);

}  // namespace ae
