// A person's own data, in any form that can be trained on.
#pragma once
#include <filesystem>
#include <string>

#include "ae/dataset.h"

namespace ae {

/// Reads the file or folder that options.source names; load_dataset() changes its images as options.reading says.
/// Throws DataError and UsageError as that does.
Dataset load_own_set(const DatasetOptions& options);

/// The table of a folder that Kaggle's archives unpack to, train.csv or train.tsv; empty where it has none. A test.csv
/// beside it is left alone: it has no labels.
std::filesystem::path table_of_folder(const std::filesystem::path& folder);

/// The set's name: that of the file or folder.
std::string name_of_source(const std::filesystem::path& source);

}  // namespace ae
