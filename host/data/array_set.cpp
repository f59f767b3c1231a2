#include "data/array_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "ae/error.h"
#include "data/image_array.h"
#include "data/image_check.h"
#include "file/input_file.h"
#include "file/npy.h"
#include "file/npy_file.h"
#include "file/npz.h"
#include "file/tensor_floats.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

bool are_channels(std::uint64_t n) {
    return n == 1 || n == 3 || n == 4;
}

/// What the axes of an array mean.
struct Layout {
    ImageCounts counts;
    bool channels_first = false;
};

Layout layout_of(const std::vector<std::uint64_t>& shape, const std::string& origin) {
    if (shape.size() == 2) return {{shape[0], 1, shape[1]}};
    if (shape.size() == 3) return {{shape[0], shape[1], shape[2]}};
    if (shape.size() == 4 && are_channels(shape[3])) return {{shape[0], shape[1], shape[2], shape[3]}};
    if (shape.size() == 4 && are_channels(shape[1])) return {{shape[0], shape[2], shape[3], shape[1]}, true};
    throw DataError(
        fmt::format("{}: an array of shape {}; n×height×width, with 1, 3 or 4 channels as a fourth axis at "
                    "the end or after n, or n×values was expected",
                    origin, shape_text(shape)));
}

/// The relative distance of neighbouring numbers of a type.
double spacing_of(Dtype dtype) {
    return dtype == Dtype::f16 ? 0x1p-11 : dtype == Dtype::bf16 ? 0x1p-8 : 0x1p-23;
}

/// k for k/255, rounded as the type rounds it; none for another number.
std::optional<std::uint8_t> byte_of(float value, double spacing) {
    const double byte = std::round(255.0 * static_cast<double>(value));
    const bool is_it =
        byte >= 0 && byte <= 255 && std::abs(255.0 * static_cast<double>(value) - byte) <= byte * spacing;
    return is_it ? std::optional(static_cast<std::uint8_t>(byte)) : std::nullopt;
}

/// Floats as the bytes of pixels; none where one of them is not k/255.
std::optional<std::vector<std::uint8_t>> bytes_of_floats(const std::vector<float>& values, Dtype dtype) {
    const double spacing = spacing_of(dtype);
    std::vector<std::uint8_t> bytes;
    bytes.reserve(values.size());
    for (const float value : values) {
        const auto byte = byte_of(value, spacing);
        if (!byte) return std::nullopt;
        bytes.push_back(*byte);
    }
    return bytes;
}

std::optional<std::vector<std::uint8_t>> bytes_of(const Tensor& array) {
    if (const auto floats = to_floats(array)) return bytes_of_floats(*floats, array.dtype);
    return to_bytes(array);
}

template <typename T>
std::vector<T> in_order(std::vector<T> values, const Layout& layout) {
    if (!layout.channels_first) return values;
    return channels_last(values, layout.counts.height * layout.counts.width, layout.counts.channels);
}

constexpr std::uint64_t kAtATime = std::uint64_t(1) << 22;  // values

/// `part` of every piece, one after the other; none where a piece has none.
template <typename T, typename Part>
std::optional<std::vector<T>> gathered(const NpyFile& file, std::uint64_t count, Part part) {
    std::vector<T> all;
    all.reserve(count);
    for (std::uint64_t first = 0; first < count; first += kAtATime) {
        const std::optional<std::vector<T>> values = part(file.read(first, std::min(kAtATime, count - first)));
        if (!values) return std::nullopt;
        all.insert(all.end(), values->begin(), values->end());
    }
    return all;
}

/// The images of a file, whose bytes are never in memory beside them: piece by piece they become what they stay.
Images images_of_file(const NpyFile& file, const std::string& origin, bool as_numbers) {
    const Layout layout = layout_of(file.shape(), origin);
    check_counts(origin, layout.counts);
    file.check_fits_memory();
    const ImageCounts& n = layout.counts;
    const std::uint64_t count = n.images * n.height * n.width * n.channels;
    if (auto bytes = as_numbers ? std::nullopt : gathered<std::uint8_t>(file, count, bytes_of))
        return checked_images(origin, n, in_order(std::move(*bytes), layout));
    const auto numbers = [](const Tensor& part) { return std::optional(to_numbers(part)); };
    return checked_numbers(origin, n, in_order(*gathered<float>(file, count, numbers), layout));
}

/// The images of one array; bytes if all values are, unless numbers are asked for.
Images images_of(const Tensor& array, const std::string& origin, bool as_numbers) {
    const Layout layout = layout_of(array.shape, origin);
    check_counts(origin, layout.counts);
    if (auto bytes = as_numbers ? std::nullopt : bytes_of(array))
        return checked_images(origin, layout.counts, in_order(std::move(*bytes), layout));
    return checked_numbers(origin, layout.counts, in_order(to_numbers(array), layout));
}

void add_labels(Images& images, const Tensor* array, const std::string& origin) {
    if (!array) return;
    const std::vector<std::uint64_t>& shape = array->shape;
    const bool is_row = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
    if (!is_row || shape[0] != static_cast<std::uint64_t>(images.count))
        throw DataError(fmt::format("{}: labels of shape {} for {} images; one for each was expected", origin,
                                    shape_text(shape), images.count));
    auto bytes = to_bytes(*array);
    if (!bytes || array->dtype == Dtype::boolean)
        throw DataError(
            fmt::format("{}: labels of type {}; integers in 0…255 were expected", origin, dtype_name(array->dtype)));
    images.labels = std::move(*bytes);
}

const Tensor* find(const Arrays& arrays, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (const auto at = arrays.find(name); at != arrays.end()) return &at->second;
    return nullptr;
}

}  // namespace

ArrayParts parts_of(const Arrays& arrays, const std::string& origin) {
    ArrayParts parts;
    parts.train = find(
        arrays, {"x_train", "X_train", "train_images", "train_x", "images_train", "train", "images", "x", "X", "data"});
    parts.test = find(arrays, {"x_test", "X_test", "test_images", "test_x", "images_test", "test"});
    parts.train_labels = find(arrays, {"y_train", "train_labels", "train_y", "labels_train", "labels", "y", "target"});
    parts.test_labels = find(arrays, {"y_test", "test_labels", "test_y", "labels_test"});
    if (!parts.train && arrays.size() == 1) parts.train = &arrays.begin()->second;
    if (parts.train) return parts;
    std::string names;
    for (const auto& [name, array] : arrays) names += (names.empty() ? "" : ", ") + name;
    throw DataError(
        fmt::format("{}: holds the arrays {}; x_train or train_images was expected, beside them x_test, "
                    "y_train and y_test, or a single array",
                    origin, names));
}

Arrays read_npz(const fs::path& path) {
    return parse_npz(read_input(path), path.string());
}

Dataset read_npy_set(const fs::path& path, bool as_numbers) {
    Dataset data{.name = {}, .origin = path.string(), .train = {}, .test = {}, .sha256 = {}};
    const NpyFile file(path);
    data.train = file.is_row_major() ? images_of_file(file, path.string(), as_numbers)
                                     : images_of(file.read(), path.string(), as_numbers);
    return data;
}

Dataset read_npz_set(const fs::path& path, bool as_numbers) {
    const std::string origin = path.string();
    const Arrays arrays = read_npz(path);
    const ArrayParts parts = parts_of(arrays, origin);
    Dataset data{.name = {}, .origin = origin, .train = {}, .test = {}, .sha256 = {}};
    data.train = images_of(*parts.train, origin, as_numbers);
    if (parts.test) data.test = images_of(*parts.test, origin, as_numbers);
    if (parts.test && data.train.are_numbers() != data.test.are_numbers()) return read_npz_set(path, true);
    add_labels(data.train, parts.train_labels, origin);
    if (parts.test) add_labels(data.test, parts.test_labels, origin);
    return data;
}

}  // namespace ae
