#include "command/own_data.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/loaded_model.h"
#include "data/idx_reader.h"
#include "data/image_check.h"
#include "data/image_selection.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/npy_file.h"
#include "file/paths.h"
#include "file/sha256.h"
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
void check_unit(const Model& model, const OwnData& data) {
    if (wanted_images(model).any_number) return;
    for (const Images* part : {&data.trained_on(), &data.validation()})
        check_values(
            data.set().origin, part->numbers, size_of(*part), [](float v) { return v >= 0 && v <= 1; },
            "values in [0, 1] were expected, as those of the training");
}

/// As training took the set apart; `asked` names other labels. Where these were trained on too, each part keeps its
/// images of them; otherwise nothing is held out.
OwnData take_apart(Dataset set, DataSelection own, const DataSelection& asked, const Model& model) {
    const bool is_asked = asked.chooses_labels();
    const LabelSet labels = asked.labels(set.label_names);
    const bool was_trained_on = (labels & ~own.labels(set.label_names)).none();
    if (is_asked && !was_trained_on) own = {asked.digits, asked.exclude, "test"};
    if (set.test.count == 0 && !own.held_out()) {
        say("         {} has no test images; all of its images are used", set.name);
        set.test = set.train;
    }
    OwnData data{select(std::move(set), own, model.settings.seed), own.held_out().has_value(), labels_of(own)};
    if (is_asked && was_trained_on) data.keep(asked);
    return data;
}

/// Images and nothing more, as load_dataset() reads them: a plain IDX file, or an .npy array as numpy.save() writes it;
/// of floats for a model of numbers alone, because those for pixels may all be bytes.
bool is_plain_file(const fs::path& path, bool as_numbers) {
    if (!is_file(path)) return false;
    const FileKind kind = file_kind(beginning_of(path, 4096));
    if (kind == FileKind::idx) return !as_numbers && IdxReader(path).dimensions().size() == 3;
    if (kind != FileKind::npy) return false;
    const NpyFile file(path);
    return file.is_row_major() && (as_numbers || file.dtype() == Dtype::u8);
}

std::string checked_sha256(const ImageStream& images) {
    ProgressBar bar(ProgressMode::automatic, kSilence);
    return sha256_of(images, [&](int done) {
        bar.draw("check", static_cast<double>(done) / images.rows(), count_text(done) + " images");
    });
}

OwnStreams streams_of(OwnData data) {
    OwnStreams streams;
    streams.name = data.name();
    SelectedData& selected = data.selected;
    const auto stream = [&](Images& images) {
        return OwnStreams::Stream(stream_of(std::move(images), selected.data.origin));
    };
    streams.trained_on = stream(selected.data.train);
    streams.validation = stream(selected.data.test);
    streams.test = selected.test && selected.test->count > 0 ? stream(*selected.test) : streams.validation;
    return streams;
}

/// As take_apart() and load_dataset() do and say of a set without labels and test images.
OwnStreams parts_of(const OwnStreams::Stream& all, const fs::path& path, const std::optional<HeldOut>& held_out,
                    std::uint64_t seed) {
    const std::string name = path.filename().string();
    const ImageFacts& facts = all->facts();
    say("data     {}: {}, {}", name, counts_text(facts.count, 0, facts.size, facts.are_numbers), facts.origin);
    if (!held_out) {
        say("         {} has no test images; all of its images are used", name);
        return {name, all, all, all};
    }
    RandomSplit split = hold_out(facts.count, *held_out, seed);
    const OwnStreams::Stream validation = chosen_images(all, std::move(split.held_out));
    return {name, chosen_images(all, std::move(split.kept)), validation, validation};
}

}  // namespace

const Images& OwnData::test() const {
    return selected.test && selected.test->count > 0 ? *selected.test : selected.data.test;
}

void OwnData::keep(const DataSelection& asked) {
    const LabelSet chosen = asked.labels(selected.data.label_names);
    for (Images* part : {&selected.data.train, &selected.data.test, selected.test ? &*selected.test : nullptr})
        if (part && part->count > 0) *part = with_labels(*part, chosen, selected.data);
    labels = labels_of(asked);
}

std::string OwnData::name() const {
    return selected.data.name + labels;
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

OwnData OwnDataArguments::load(const Model& model, const fs::path& model_path) const {
    bool is_own = false;
    const DataArguments from = found(model, model_path, is_own);
    const TrainingData own = training_data(model.metadata, folder_of(model_path));
    Dataset set = from.load();
    const bool was_trained_on = is_own || (!own.sha256.empty() && own.sha256 == set.sha256);
    OwnData taken = take_apart(std::move(set), was_trained_on ? own.selection : DataSelection(), selection, model);
    if (is_own) check_unchanged(own, taken.set().sha256, taken.selected.rest_sha256, model_path.string());
    check_fits(model, taken.trained_on(), taken.set().origin);
    check_columns(taken.trained_on().columns, model.metadata, taken.set().origin);
    check_unit(model, taken);
    taken.selected.bring_to(model.scale);
    if (!taken.labels.empty()) say("         of it {}", taken.labels.substr(2));
    return taken;
}

OwnStreams OwnDataArguments::open(const Model& model, const fs::path& model_path) const {
    const TrainingData own = training_data(model.metadata, folder_of(model_path));
    const bool chooses = selection.chooses_labels() || own.selection.chooses_labels();
    const bool changes = data.reading.asked(model.metadata).changes_images();
    if (chooses || changes || !is_plain_file(source(model, model_path), takes_numbers(model)))
        return streams_of(load(model, model_path));
    bool is_own = false;
    const DataArguments from = found(model, model_path, is_own);
    ImageStreamPtr all = open_images({from.options.source, false, from.options}, wanted_images(model));
    const std::string sha256 = own.sha256.empty() ? "" : checked_sha256(*all);
    if (is_own) check_unchanged(own, sha256, Sha256().hex(), model_path.string());
    const auto held_out = is_own || (!sha256.empty() && own.sha256 == sha256) ? own.selection.held_out() : std::nullopt;
    return parts_of(scaled(std::move(all), model.scale), from.options.source, held_out, model.settings.seed);
}

}  // namespace ae
