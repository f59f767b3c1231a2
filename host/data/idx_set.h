// IDX files as a data set.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "data/image_check.h"
#include "data/known_set.h"
#include "file/sha256.h"

namespace ae {

/// Reads the files that are there: the first must be, an empty path stands for none. `known`, whose checksums they must
/// have, may be null. Throws DataError: damaged files, files that do not fit together, another checksum.
Dataset read_idx_set(const SetPaths& paths, const KnownSet* known);

/// A file of images without labels.
Dataset read_idx_images(const std::filesystem::path& path);

/// The labels of the images of another file. Throws DataError where it holds no labels or not one for each image.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path, const std::filesystem::path& image_path,
                                          int images);

/// Hashes the header of an IDX file that would hold images of this number and size.
void hash_idx_header(Sha256& hash, const ImageCounts& counts);

/// The SHA-256 of an IDX file that would hold these images.
std::string idx_sha256(const Images& images);

}  // namespace ae
