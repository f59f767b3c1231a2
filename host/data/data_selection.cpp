#include "data/data_selection.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "base/facts.h"
#include "base/text.h"
#include "data/image_selection.h"
#include "file/sha256.h"

namespace ae {

namespace {

/// The hash of the labels and the test images, before anything is selected from them.
std::string sha256_of_rest(const Dataset& data) {
    Sha256 hash;
    for (const auto* bytes : {&data.train.labels, &data.test.pixels, &data.test.labels})
        hash.update(std::as_bytes(std::span(*bytes)));
    hash.update(std::as_bytes(std::span(data.test.numbers)));
    return hash.hex();
}

/// Moves a part of the training images, drawn at random, to the validation set.
void move_held_out(SelectedData& selected, const HeldOut& part, std::uint64_t seed) {
    Images& train = selected.data.train;
    const RandomSplit split = hold_out(train.count, part, seed);
    if (selected.data.test.count > 0) selected.test = std::move(selected.data.test);
    selected.data.test = take_images(train, split.held_out);
    keep_images(train, split.kept);
}

}  // namespace

std::optional<HeldOut> DataSelection::held_out() const {
    if (val == "test") return std::nullopt;
    std::string_view rest = val;
    const std::optional<double> fraction = take(rest, "split:") ? take_number<double>(rest) : std::nullopt;
    const bool has_seed = fraction && take(rest, ":");
    const std::optional<std::uint64_t> seed = has_seed ? take_number<std::uint64_t>(rest) : std::nullopt;
    const bool is_understood = fraction && rest.empty() && seed.has_value() == has_seed;
    if (is_understood && *fraction > 0 && *fraction < 1) return HeldOut{*fraction, seed};
    throw UsageError(fmt::format(
        "--val: '{}' is neither test nor a fraction such as split:0.1, or split:0.1:7, where 7 is a seed", val));
}

LabelSet DataSelection::labels(const std::vector<std::string>& names) const {
    LabelSet chosen = digits.empty() ? LabelSet().set() : parse_labels("--labels", digits, names);
    if (!exclude.empty()) chosen &= ~parse_labels("--exclude", exclude, names);
    if (chosen.none()) throw UsageError(fmt::format("--exclude: '{}' leaves none of --labels", exclude));
    return chosen;
}

std::map<std::string, std::string> DataSelection::facts() const {
    std::map<std::string, std::string> given;
    if (!digits.empty()) given["digits"] = digits;
    if (!exclude.empty()) given["exclude"] = exclude;
    if (val != "test") given["val"] = val;
    return given;
}

DataSelection DataSelection::of(const std::map<std::string, std::string>& facts) {
    return {fact_of(facts, "digits"), fact_of(facts, "exclude"), fact_of(facts, "val", "test")};
}

std::vector<int> numbers_with_labels(std::span<const std::uint8_t> labels, const LabelSet& chosen, SetNames names) {
    if (labels.empty())
        throw UsageError(fmt::format("--labels, --exclude: the images of {} have no labels", names.set));
    std::vector<int> numbers = indices_of(labels, chosen);
    if (!numbers.empty()) return numbers;
    throw UsageError(fmt::format("--labels, --exclude: nothing is left; the images of {} have the labels {}", names.set,
                                 labels_text(labels_in(labels), names.labels)));
}

Images with_labels(const Images& part, const LabelSet& labels, const Dataset& set) {
    return take_images(part, numbers_with_labels(part.labels, labels, {set.name, set.label_names}));
}

void SelectedData::bring_to(Scale to) {
    scale = std::move(to);
    scale.apply(data);
    if (test) scale.apply(*test);
}

RandomSplit hold_out(int images, const HeldOut& part, std::uint64_t seed) {
    RandomSplit split = random_split(images, part.fraction, part.seed.value_or(seed));
    if (split.held_out.empty() || split.kept.empty())
        throw UsageError(fmt::format("--val: split:{} of {} images leaves none to {}", part.fraction, images,
                                     split.held_out.empty() ? "validate on" : "train on"));
    std::sort(split.held_out.begin(), split.held_out.end());
    std::sort(split.kept.begin(), split.kept.end());
    return split;
}

SelectedData select(Dataset data, const DataSelection& selection, std::uint64_t seed) {
    const std::optional<HeldOut> held_out = selection.held_out();
    SelectedData selected{std::move(data), {}};
    selected.rest_sha256 = sha256_of_rest(selected.data);
    if (const LabelSet labels = selection.labels(selected.data.label_names); !labels.all()) {
        selected.data.train = with_labels(selected.data.train, labels, selected.data);
        if (selected.data.test.count > 0) selected.data.test = with_labels(selected.data.test, labels, selected.data);
    }
    if (selected.data.test.count == 0 && !held_out)
        throw UsageError(
            fmt::format("--val: {} has no test images to validate on; --val split:0.1 holds out a tenth "
                        "of the others",
                        selected.data.name));
    if (held_out) move_held_out(selected, *held_out, seed);
    return selected;
}

}  // namespace ae
