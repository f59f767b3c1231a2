// The four IDX files of a data set in a folder, under the names that they have at their sources.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/known_set.h"

namespace ae {

/// The files that a folder must hold: all four, or the training images alone; then missing ones are empty paths.
enum class SetNeeds { all, train_images };

/// The four files in `folder`, in a folder below it that has the file's name (as Kaggle's archive unpacks), or where
/// torchvision puts them. A name may be in any case, have a word before it (emnist-digits-train-images-idx3-ubyte), say
/// test for t10k, and end with .gz; only a regular file counts. If they are not there, or if it is not clear which of
/// several is meant, `why` says so.
std::optional<SetPaths> find_set(const std::filesystem::path& folder, std::string& why, SetNeeds needs = SetNeeds::all);

}  // namespace ae
