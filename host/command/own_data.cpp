#include "command/own_data.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/loaded_model.h"
#include "data/image_check.h"
#include "file/paths.h"
#include "model/model_images.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAssumed = "mnist";

/// The folder that a model's file lies in.
fs::path folder_of(const fs::path& model_path) {
    return is_folder(model_path) ? model_path : model_path.parent_path();
}

std::string labels_of(const DataSelection& selection) {
    std::string text;
    if (!selection.digits.empty()) text += ", labels " + selection.digits;
    if (!selection.exclude.empty()) text += ", without labels " + selection.exclude;
    return text;
}

void check_unchanged(const TrainingData& own, const std::string& sha256, const std::string& rest_sha256,
                     const std::string& model) {
    const auto check = [&](const std::string& was, const std::string& is, const char* what) {
        if (was.empty() || is.empty() || was == is) return;
        throw DataError(
            fmt::format("{}: holds other {} now than those that {} was trained on; --data {} uses them as "
                        "they are",
                        own.source, what, model, own.source));
    };
    check(own.sha256, sha256, "training images");
    check(own.rest_sha256, rest_sha256, "labels or test images");
}

void check_there(const std::string& source, const std::string& model) {
    const bool is_path = source.find('/') != std::string::npos;
    if (is_path && !look_at(source).exists())
        throw DataError(
            fmt::format("{}: is no longer there; {} was trained on it. Name its new place, or other "
                        "images, with --data",
                        source, model));
}

/// A network that was trained on pixels or with bce takes values in [0, 1] alone.
void check_unit(const Model& model, const Dataset& data) {
    if (wanted_images(model).any_number) return;
    for (const Images* part : {&data.train, &data.test})
        check_values(
            data.origin, part->numbers, size_of(*part), [](float v) { return v >= 0 && v <= 1; },
            "values in [0, 1] were expected, as those of the training");
}

/// Brings both parts to the images that the model takes.
void fit_parts(Dataset& data, const WantedImages& wanted) {
    const ImageSize size = size_of(data.train);
    for (Images* part : {&data.train, &data.test})
        if (part->count > 0) fit(*part, data.origin, wanted);
    if (size != size_of(data.train)) data.sha256.clear();  // it was that of other images
}

/// Where the images lie, or in memory; says what was found.
SetStreams opened(const DataArguments& from, const Model& model) {
    if (!from.options.reading.changes_images())
        if (auto set = set_on_disk(from.options.source, wanted_images(model), takes_numbers(model))) {
            say("data     {}", describe(*set));
            return std::move(*set);
        }
    Dataset data = from.load();
    fit_parts(data, wanted_images(model));
    check_unit(model, data);
    return streams_of(std::move(data));
}

/// `hash` of a set, whose reading shows its progress.
template <typename Hash>
std::string watched(Hash hash, const SetStreams& set) {
    ProgressBar bar(ProgressMode::automatic, silence());
    return hash(set, [&](int done, int all) {
        bar.draw("check", static_cast<double>(done) / all, count_text(done) + " images");
    });
}

void bring_to(const Scale& scale, SetStreams& set) {
    set.train = scaled(set.train, scale);
    if (set.test) set.test = scaled(set.test, scale);
}

/// The parts of images that have these labels.
void choose(const LabelSet& labels, SetStreams& set) {
    if (labels.all()) return;
    set.train = with_labels(set.train, labels, set);
    if (set.test) set.test = with_labels(set.test, labels, set);
}

/// As training took the set apart, by select(); `asked` names other labels. Where these were trained on too, each part
/// keeps its images of them; otherwise nothing is held out.
OwnData take_apart(SetStreams set, DataSelection own, const DataSelection& asked, const Model& model) {
    const bool is_asked = asked.chooses_labels();
    const LabelSet labels = asked.labels(set.label_names);
    const bool was_trained_on = (labels & ~own.labels(set.label_names)).none();
    if (is_asked && !was_trained_on) own = {asked.digits, asked.exclude, "test"};
    const std::optional<HeldOut> held_out = own.held_out();
    if (!set.test && !held_out) say("         {} has no test images; all of its images are used", set.name);
    choose(own.labels(set.label_names), set);
    OwnData data{.set = std::move(set), .holds_out = held_out.has_value(), .labels = labels_of(own)};
    data.trained_on = data.set.train;
    data.validation = data.set.test ? data.set.test : data.set.train;
    if (held_out) {
        RandomSplit split = hold_out(data.set.train->rows(), *held_out, model.settings.seed);
        data.validation = chosen_images(data.set.train, std::move(split.held_out));
        data.trained_on = chosen_images(data.set.train, std::move(split.kept));
    }
    data.test = data.set.test ? data.set.test : data.validation;
    if (is_asked && was_trained_on) data.keep(asked);
    return data;
}

}  // namespace

void OwnData::keep(const DataSelection& asked) {
    const LabelSet chosen = asked.labels(set.label_names);
    for (Stream* part : {&trained_on, &validation, &test}) *part = with_labels(*part, chosen, set);
    labels = labels_of(asked);
}

void OwnDataArguments::add_to(CommandLine& line) {
    data.add_to(line);
    line.group("Data");
    line.add_option("--labels,--digits", selection.digits,
                    "Only images of these labels: 7, 0-4, 1,3,5-9 or names (default: as in training)");
    line.add_option("--exclude", selection.exclude, "No images of these labels (default: as in training)");
    line.group("");
}

std::string OwnDataArguments::source(const Model& model, const fs::path& model_path) const {
    if (!data.options.source.empty()) return data.options.source;
    const std::string own = training_data(model.metadata, folder_of(model_path)).source;
    return own.empty() ? kAssumed : own;
}

DataArguments OwnDataArguments::found(const Model& model, const fs::path& model_path, bool& is_own) const {
    const TrainingData own = training_data(model.metadata, folder_of(model_path));
    is_own = data.options.source.empty() && !own.source.empty();
    if (data.options.source.empty() && own.source.empty())
        say("{}: does not say what it was trained on; {} is assumed, and --data names others", model_path.string(),
            kAssumed);
    DataArguments from = data;
    from.options.source = source(model, model_path);
    if (is_own) check_there(from.options.source, model_path.string());
    from.read_as(model.metadata);
    return from;
}

OwnData OwnDataArguments::open(const Model& model, const fs::path& model_path) const {
    bool is_own = false;
    const DataArguments from = found(model, model_path, is_own);
    const TrainingData own = training_data(model.metadata, folder_of(model_path));
    SetStreams set = opened(from, model);
    const std::string sha256 = own.sha256.empty() ? "" : watched(train_sha256, set);
    const bool was_trained_on = is_own || (!own.sha256.empty() && own.sha256 == sha256);
    const std::string rest = is_own && !own.rest_sha256.empty() ? watched(rest_sha256, set) : "";
    if (is_own) check_unchanged(own, sha256, rest, model_path.string());
    check_columns(set.train->facts().columns, model.metadata, set.origin);
    bring_to(model.scale, set);
    OwnData taken = take_apart(std::move(set), was_trained_on ? own.selection : DataSelection(), selection, model);
    taken.sha256 = sha256;
    if (!taken.labels.empty()) say("         of it {}", taken.labels.substr(2));
    return taken;
}

}  // namespace ae
