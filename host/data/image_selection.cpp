#include "data/image_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "base/rows.h"
#include "base/text.h"

namespace ae {

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::vector<std::string>& names) {
    throw UsageError(fmt::format(
        "{}: '{}' is not a list of labels{}", option, text,
        names.empty() ? " in 0…255 such as 7, 0-4 or 1,3,5-9" : fmt::format("; there are {}", fmt::join(names, ", "))));
}

/// The label whose name `rest` begins with, up to a comma or its end, which is removed from it; none if it is no name.
std::optional<std::size_t> take_name(std::string_view& rest, const std::vector<std::string>& names) {
    const std::string_view word = rest.substr(0, rest.find(','));
    const auto at = std::ranges::find(names, word);
    if (at == names.end()) return std::nullopt;
    rest.remove_prefix(word.size());
    return static_cast<std::size_t>(at - names.begin());
}

/// The same of a number.
std::optional<std::size_t> take_label(std::string_view& rest) {
    const std::optional<std::size_t> label = take_number<std::size_t>(rest);
    return label && *label <= 255 ? label : std::nullopt;
}

}  // namespace

LabelSet parse_labels(const std::string& option, const std::string& text, const std::vector<std::string>& names) {
    LabelSet labels;
    std::string_view rest = text;
    do {
        if (const auto named = take_name(rest, names)) {
            labels.set(*named);
            continue;
        }
        const auto first = take_label(rest), last = take(rest, "-") ? take_label(rest) : first;
        if (!first || !last || *last < *first) refuse(option, text, names);
        for (std::size_t label = *first; label <= *last; ++label) labels.set(label);
    } while (take(rest, ","));
    if (!rest.empty()) refuse(option, text, names);
    return labels;
}

std::string label_text(std::size_t label, const std::vector<std::string>& names) {
    return label < names.size() ? names[label] : fmt::to_string(label);
}

std::string labels_text(const LabelSet& labels, const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t label = 0; label < labels.size(); ++label)
        if (labels.test(label)) text += (text.empty() ? "" : ", ") + label_text(label, names);
    return text;
}

LabelSet labels_in(std::span<const std::uint8_t> labels) {
    LabelSet present;
    for (const std::uint8_t label : labels) present.set(label);
    return present;
}

std::vector<int> indices_of(std::span<const std::uint8_t> labels, const LabelSet& chosen) {
    std::vector<int> indices;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (chosen.test(labels[i])) indices.push_back(static_cast<int>(i));
    return indices;
}

std::vector<int> shuffled(int n, std::uint64_t seed) {
    constexpr std::uint64_t kStream = 0x73706C6974;  // other than the streams of training
    std::vector<int> indices(static_cast<std::size_t>(n));
    std::iota(indices.begin(), indices.end(), 0);
    const auto key = [&](int i) { return random_bits(seed, kStream, static_cast<std::uint64_t>(i)); };
    std::sort(indices.begin(), indices.end(), [&](int a, int b) { return key(a) < key(b); });
    return indices;
}

RandomSplit random_split(int n, double held_out, std::uint64_t seed) {
    if (!(held_out >= 0 && held_out <= 1)) throw UsageError(fmt::format("a share of {} is not in 0…1", held_out));
    const auto held = static_cast<std::ptrdiff_t>(std::lround(held_out * n));
    const std::vector<int> order = shuffled(n, seed);
    return {{order.begin() + held, order.end()}, {order.begin(), order.begin() + held}};
}

Images take_images(const Images& images, std::span<const int> indices) {
    Images taken{static_cast<int>(indices.size()), images.height, images.width, {}, {}, images.channels};
    if (images.are_numbers()) {
        taken.numbers = take_rows({images.numbers.data(), images.count, images.pixels_per_image()}, indices);
    } else {
        taken.pixels.reserve(indices.size() * static_cast<std::size_t>(images.pixels_per_image()));
        for (const int i : indices) {
            const auto pixels = images.image(i);
            taken.pixels.insert(taken.pixels.end(), pixels.begin(), pixels.end());
        }
    }
    taken.columns = images.columns;
    if (!images.labels.empty()) taken.labels = take_labels(images.labels, indices);
    if (!images.names.empty())
        for (const int i : indices) taken.names.push_back(images.names[static_cast<std::size_t>(i)]);
    return taken;
}

namespace {

/// `rows` ascend, so that none is overwritten before it is moved.
template <typename T>
void keep_rows(std::vector<T>& values, std::size_t width, std::span<const int> rows) {
    if (values.empty()) return;
    auto to = values.begin();
    for (const int row : rows) {
        const auto from = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width);
        to = from == to ? to + static_cast<std::ptrdiff_t>(width)
                        : std::move(from, from + static_cast<std::ptrdiff_t>(width), to);
    }
    values.erase(to, values.end());
}

}  // namespace

void keep_images(Images& images, std::span<const int> ascending) {
    const auto width = static_cast<std::size_t>(images.pixels_per_image());
    keep_rows(images.pixels, width, ascending);
    keep_rows(images.numbers, width, ascending);
    keep_rows(images.labels, 1, ascending);
    keep_rows(images.names, 1, ascending);
    images.count = static_cast<int>(ascending.size());
}

std::vector<float> take_rows(Matrix<const float> rows, std::span<const int> indices) {
    std::vector<float> taken;
    taken.reserve(indices.size() * static_cast<std::size_t>(rows.cols));
    for (const int i : indices) {
        const auto row = row_of(rows, i);
        taken.insert(taken.end(), row.begin(), row.end());
    }
    return taken;
}

std::vector<std::uint8_t> take_labels(std::span<const std::uint8_t> labels, std::span<const int> indices) {
    std::vector<std::uint8_t> taken;
    for (const int i : indices) taken.push_back(labels[static_cast<std::size_t>(i)]);
    return taken;
}

}  // namespace ae
