// The words of a model's file about the data that it was trained on.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/data_selection.h"
#include "file/safetensors.h"

namespace ae {

/// The place of a data set and the images that were used.
struct TrainingData {
    std::string source;  ///< as --data takes it: a name, or a path that exists from here; empty: the file does not say
    DataSelection selection;
    std::string sha256;       ///< of the training images before any selection; empty: the file does not say
    std::string rest_sha256;  ///< of its labels and test images; empty: the file does not say
};

/// Adds where the data lie: a name as it is, a path as an absolute one and as one seen from `folder`, the folder of the
/// model. A run can then be moved together with its data.
void describe_source(Metadata& facts, const std::string& source, const std::filesystem::path& folder);

/// The data that a file in `folder` describes: at their absolute path, or where they lie seen from `folder` if the
/// former does not exist. A file of before that names only a known data set means that one.
TrainingData training_data(const Metadata& facts, const std::filesystem::path& folder);

/// Adds the names of a table's columns, if it has any.
void describe_columns(Metadata& facts, const std::vector<std::string>& columns);

/// Adds the names of the labels 0, 1, …, if they have any.
void describe_labels(Metadata& facts, const std::vector<std::string>& names);

/// The names of the labels of a model's training, of folders or in a table; empty: they are mere numbers.
std::vector<std::string> trained_labels(const Metadata& facts);

/// The columns that a model was trained on; empty: the file does not say.
std::vector<std::string> trained_columns(const Metadata& facts);

/// A column's name, or its number from 1 where it has none.
std::string column_name(const std::vector<std::string>& columns, int place);

/// Throws DataError where a table has other columns, or in another order, than those of the training; `origin` is its
/// file. Tables without a header pass.
void check_columns(const std::vector<std::string>& columns, const Metadata& facts, const std::string& origin);

}  // namespace ae
