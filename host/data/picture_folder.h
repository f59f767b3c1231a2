// A folder of PNG and JPEG files as images.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "file/picture_reader.h"

namespace ae {

struct PictureFile {
    std::filesystem::path path;
    std::string name;   ///< seen from the folder: "cats/3.png"
    std::string label;  ///< the subfolder's name; empty for a file that lies in the folder itself
};

struct PictureFiles {
    std::vector<PictureFile> train, test;  ///< in natural order; `test` is empty unless the folder has train/
};

/// Files that begin as a PNG or a JPEG does, whatever they are called, and those that are called so and are none, for
/// whose sake the reader will complain. Hidden files are left to the programs that hid them. Where there is a train/,
/// it and test/ are the parts, and everything beside them is left out. Throws DataError: a folder that cannot be read,
/// a test/ without a train/.
PictureFiles find_pictures(const std::filesystem::path& folder);

/// All have three channels if any has colour, one otherwise. Throws DataError as read_picture() does, and for a picture
/// of another size than the first, naming it, and whatever `check` throws.
using PictureCheck = std::function<void(const Picture&, const PictureFile&)>;
Images read_pictures(const std::vector<PictureFile>& files, const PictureReading& reading,
                     const PictureCheck& check = {});

/// Grey images with three channels.
void add_colour(Images& images);

/// Throws DataError also for pictures both in a folder and in its subfolders, whose labels would not be known.
Dataset read_picture_folder(const std::filesystem::path& folder, const PictureFiles& files,
                            const DatasetOptions& options);

}  // namespace ae
