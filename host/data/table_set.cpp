#include "data/table_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ae/error.h"
#include "data/image_check.h"
#include "data/label_numbers.h"
#include "file/csv.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

/// Whether the columns are called pixel0, pixel1, … .
bool are_pixels(const std::vector<std::string>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i] != fmt::format("pixel{}", i)) return false;
    return !columns.empty();
}

/// Whether the columns are called 1x1, 1x2, … by row and column.
bool are_places(const std::vector<std::string>& columns, std::uint64_t width) {
    for (std::uint64_t i = 0; i < columns.size(); ++i)
        if (columns[i] != fmt::format("{}x{}", i / width + 1, i % width + 1)) return false;
    return true;
}

ImageCounts counts_of_table(const Table& table) {
    const auto side = static_cast<std::uint64_t>(std::lround(std::sqrt(static_cast<double>(table.width))));
    if (side * side == table.width &&
        (are_pixels(table.columns) || (!table.columns.empty() && are_places(table.columns, side))))
        return {table.rows, side, side};
    return {table.rows, 1, table.width};
}

bool are_bytes(const Table& table) {
    return std::ranges::all_of(table.values, [](float v) { return v >= 0 && v <= 255 && v == std::round(v); });
}

Images images_of(const Table& table, const std::string& origin, bool as_numbers) {
    const ImageCounts counts = counts_of_table(table);
    check_counts(origin, counts);
    Images images = as_numbers || !are_bytes(table)
                        ? checked_numbers(origin, counts, table.values)
                        : checked_images(origin, counts, {table.values.begin(), table.values.end()});
    images.columns = table.columns;
    return images;
}

LabelTexts labels_of(const Table& table) {
    LabelTexts texts;
    for (const std::uint8_t label : table.labels) texts.push_back(table.label_names[label]);
    return texts;
}

Dataset set_of(const Table& table, const fs::path& path, bool as_numbers) {
    Dataset data{.name = {}, .origin = path.string(), .train = {}, .test = {}, .sha256 = {}};
    data.train = images_of(table, path.string(), as_numbers);
    set_labels(data, labels_of(table), {});
    return data;
}

void say_columns(const Table& table, const DatasetOptions& options) {
    if (!options.log) return;
    if (table.has_index)
        options.log("the first column has no name and is left out, as the row numbers that pandas writes");
    if (!table.label_column.empty())
        options.log(fmt::format("labels: column {}; {} columns of numbers", table.label_column, table.width));
}

}  // namespace

Images read_table_images(const fs::path& path, const ImageReading& reading) {
    return set_of(read_table(path, {reading.label, reading.ignore, true}), path, reading.numbers).train;
}

Dataset read_table_set(const fs::path& path, const DatasetOptions& options) {
    const Table table = read_table(path, {options.reading.label, options.reading.ignore});
    Dataset data = set_of(table, path, options.reading.numbers);
    say_columns(table, options);
    return data;
}

}  // namespace ae
