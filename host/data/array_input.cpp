#include "data/array_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cmath>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "data/array_set.h"
#include "data/image_array.h"
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

/// Values that only rounding has put outside [0, 1] are clamped to it; all others outside it are refused.
void settle_values(InputImages& images) {
    constexpr float kRounding = 1e-5f;
    for (float& v : images.pixels)
        if ((v > 1 && v <= 1 + kRounding) || (v < 0 && v >= -kRounding)) v = v > 0.5f ? 1.0f : 0.0f;
    const auto outside = std::ranges::find_if_not(images.pixels, [](float v) { return v >= 0 && v <= 1; });
    if (outside == images.pixels.end()) return;
    const bool looks_like_bytes =
        std::ranges::all_of(images.pixels, [](float v) { return v >= 0 && v <= 255 && v == std::round(v); });
    const auto at = (outside - images.pixels.begin()) / images.channels,
               size = std::ptrdiff_t(images.height) * images.width;
    throw DataError(fmt::format("{}: {} in image {}, row {}, column {}; pixels must lie in [0, 1]{}", images.origin,
                                *outside, at / size, at % size / images.width, at % images.width,
                                looks_like_bytes ? " (divide them by 255?)" : ""));
}

void put_channels_last(InputImages& images) {
    const auto channels = static_cast<std::uint64_t>(images.channels);
    images.pixels = channels_last(images.pixels, images.size().values() / channels, channels);
}

InputImages from_array(const Npy& array, const std::string& origin, const WantedImages& wanted) {
    InputImages images{.origin = origin};
    set_size(images, array.shape, wanted);
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.values))
        images.pixels = unit_values(*bytes);
    else
        images.pixels = std::get<std::vector<float>>(array.values);
    if (has_channels_first(array.shape, wanted)) put_channels_last(images);
    settle_values(images);
    return images;
}

}  // namespace

void refuse_size(const std::string& origin, const std::string& found, const WantedImages& wanted) {
    throw UsageError(fmt::format("{}: {}; the model takes images of {} pixels{}", origin, found, wanted.pixels,
                                 wanted.has_size() ? fmt::format(" ({})", text(wanted.size)) : ""));
}

std::vector<float> unit_values(std::span<const std::uint8_t> bytes) {
    std::vector<float> floats(bytes.size());
    std::ranges::transform(bytes, floats.begin(), pixel<float>);
    return floats;
}

InputImages read_npy_input(const fs::path& path, const WantedImages& wanted) {
    return from_array(read_npy(path), path.string(), wanted);
}

InputImages read_npz_input(const fs::path& path, const std::string& part, const WantedImages& wanted) {
    const std::string origin = path.string();
    const Arrays arrays = read_npz(path);
    const ArrayParts parts = parts_of(arrays, origin);
    const bool is_test = part == "test" || (part.empty() && parts.test);
    const Tensor* const array = is_test ? parts.test : parts.train;
    const Tensor* const labels = is_test ? parts.test_labels : parts.train_labels;
    if (!array) throw DataError(fmt::format("{}: holds no test images", origin));
    InputImages images = from_array(as_npy(*array, origin), origin, wanted);
    if (auto bytes = labels ? to_bytes(*labels) : std::nullopt;
        bytes && bytes->size() == static_cast<std::size_t>(images.count))
        images.labels = std::move(*bytes);
    return images;
}

InputImages read_idx_input(const fs::path& path, const WantedImages& wanted) {
    const Idx idx = read_idx(path);
    InputImages images{.origin = path.string()};
    set_size(images, {idx.dimensions.begin(), idx.dimensions.end()}, wanted);
    images.pixels = unit_values(idx.values);
    if (has_channels_first({idx.dimensions.begin(), idx.dimensions.end()}, wanted)) put_channels_last(images);
    return images;
}

}  // namespace ae
