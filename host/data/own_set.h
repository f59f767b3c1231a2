// A person's own data, in any form that can be trained on.
#pragma once
#include <filesystem>
#include <string>

#include "ae/dataset.h"

namespace ae {

/// Reads the file or folder that options.source names; load_dataset() changes its images as options.reading says.
/// Throws DataError and UsageError as that does.
Dataset load_own_set(const DatasetOptions& options);

/// The set's name: that of the file or folder.
std::string name_of_source(const std::filesystem::path& source);

}  // namespace ae
