#include "data/array_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cmath>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "data/array_set.h"
#include "data/image_array.h"
#include "data/image_check.h"
#include "file/npy.h"
#include "file/tensor_floats.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

/// Sets count, height, width and channels of images from the shape of their array.
void set_size(InputImages& images, const Dimensions& shape, const WantedImages& wanted) {
    const Dimensions nhw = images_in(shape, wanted);
    if (nhw.empty())
        refuse_size(
            images.origin,
            fmt::format("an array of shape {}, neither n×h×w nor n×{} nor h×w", shape_text(shape), wanted.pixels),
            wanted);
    if (nhw[0] == 0 || nhw[0] > INT_MAX)
        throw DataError(fmt::format("{}: holds {} images; 1 to {} were expected", images.origin, nhw[0], INT_MAX));
    images.count = static_cast<int>(nhw[0]), images.height = static_cast<int>(nhw[1]);
    images.width = static_cast<int>(nhw[2]), images.channels = static_cast<int>(nhw[3]);
}

void put_channels_last(InputImages& images) {
    const auto channels = static_cast<std::uint64_t>(images.channels);
    images.pixels = channels_last(images.pixels, images.size().values() / channels, channels);
}

std::vector<float> values_of(const Tensor& array, const std::string& origin, bool as_numbers) {
    if (as_numbers) return to_numbers(array);
    Npy npy = as_npy(array, origin);
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&npy.values)) return unit_values(*bytes);
    return std::move(std::get<std::vector<float>>(npy.values));
}

InputImages from_array(const Tensor& array, const std::string& origin, const WantedImages& wanted, bool as_numbers) {
    InputImages images{.origin = origin};
    set_size(images, array.shape, wanted);
    images.pixels = values_of(array, origin, as_numbers);
    if (has_channels_first(array.shape, wanted)) put_channels_last(images);
    return images;
}

}  // namespace

void settle_values(InputImages& images, const WantedImages& wanted) {
    constexpr float kRounding = 1e-5f;
    if (wanted.any_number) {
        check_values(
            images.origin, images.pixels, images.size(), [](float v) { return std::isfinite(v); },
            "finite numbers were expected");
        return;
    }
    for (float& v : images.pixels)
        if ((v > 1 && v <= 1 + kRounding) || (v < 0 && v >= -kRounding)) v = v > 0.5f ? 1.0f : 0.0f;
    const auto is_unit = [](float v) { return v >= 0 && v <= 1; };
    if (std::ranges::all_of(images.pixels, is_unit)) return;
    const bool looks_like_bytes =
        std::ranges::all_of(images.pixels, [](float v) { return v >= 0 && v <= 255 && v == std::round(v); });
    check_values(images.origin, images.pixels, images.size(), is_unit,
                 std::string("pixels must lie in [0, 1]") + (looks_like_bytes ? " (divide them by 255?)" : ""));
}

void refuse_size(const std::string& origin, const std::string& found, const WantedImages& wanted) {
    throw UsageError(fmt::format("{}: {}; the model takes images of {} pixels{}", origin, found, wanted.pixels,
                                 wanted.has_size() ? fmt::format(" ({})", text(wanted.size)) : ""));
}

std::vector<float> unit_values(std::span<const std::uint8_t> bytes) {
    std::vector<float> floats(bytes.size());
    std::ranges::transform(bytes, floats.begin(), pixel<float>);
    return floats;
}

InputImages read_npy_input(const fs::path& path, const WantedImages& wanted, bool as_numbers) {
    return from_array(read_npy_tensor(path), path.string(), wanted, as_numbers);
}

InputImages read_npz_input(const ArchivePart& from, const WantedImages& wanted, bool as_numbers) {
    const std::string origin = from.path.string();
    const Arrays arrays = read_npz(from.path);
    const ArrayParts parts = parts_of(arrays, origin);
    const bool is_test = from.part == "test" || (from.part.empty() && parts.test);
    const Tensor* const array = is_test ? parts.test : parts.train;
    const Tensor* const labels = is_test ? parts.test_labels : parts.train_labels;
    if (!array) throw DataError(fmt::format("{}: holds no test images", origin));
    InputImages images = from_array(*array, origin, wanted, as_numbers);
    if (auto bytes = labels ? to_bytes(*labels) : std::nullopt;
        bytes && bytes->size() == static_cast<std::size_t>(images.count))
        images.labels = std::move(*bytes);
    return images;
}

InputImages read_idx_input(const fs::path& path, const WantedImages& wanted, bool as_numbers) {
    const Idx idx = read_idx(path);
    InputImages images{.origin = path.string()};
    set_size(images, {idx.dimensions.begin(), idx.dimensions.end()}, wanted);
    images.pixels = as_numbers ? std::vector<float>(idx.values.begin(), idx.values.end()) : unit_values(idx.values);
    if (has_channels_first({idx.dimensions.begin(), idx.dimensions.end()}, wanted)) put_channels_last(images);
    return images;
}

}  // namespace ae
