// ae_cuda anomaly fit: learns how a model scores normal images, and writes that into a copy of its file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ae/error.h"
#include "base/rows.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "data/data_selection.h"
#include "data/image_selection.h"
#include "use/anomaly_detector.h"

namespace ae {

namespace {

struct FitArguments {
    std::string model, out, score = "combined", digits;
    double false_alarm_rate = 0.05;
    std::optional<double> held_out;
    bool json = false;
    InputArguments input;
    EngineArguments engine;
};

/// Keeps the images with the labels asked for; without any, those with the labels that the model was trained on.
void choose_labels(InputImages& images, const FitArguments& a, const Model& model) {
    DataSelection selection = DataSelection::of(model.metadata);
    if (!a.digits.empty()) selection.digits = a.digits, selection.exclude.clear();
    const LabelSet chosen = selection.labels();
    if (chosen.all() || (a.digits.empty() && images.labels.empty())) return;
    if (images.labels.empty()) throw UsageError(fmt::format("--digits: {} has no labels to choose by", images.origin));
    const std::vector<int> indices = indices_of(images.labels, chosen);
    const std::string found = labels_text(chosen & labels_in(images.labels));
    if (indices.empty()) throw UsageError(fmt::format("--digits: {} has no image of those labels", images.origin));
    images.pixels = take_rows(as_rows(std::as_const(images.pixels), images.height * images.width), indices);
    images.count = static_cast<int>(indices.size());
    images.origin += ", labels " + found;
}

/// The share that is held out: the one asked for; by default the one that the training held out, the same images.
double held_out_share(const FitArguments& a, const Model& model) {
    constexpr double kDefault = 0.1;
    return a.held_out.value_or(DataSelection::of(model.metadata).held_out().value_or(kDefault));
}

AnomalyDetector fit(const FitArguments& a, AppliedModel& applied, const InputImages& images) {
    const RandomSplit split = split_normal(images.count, held_out_share(a, applied.model), applied.model.settings.seed);
    const ImageSize size{images.width, images.height};
    const auto rows = as_rows(images.pixels, images.height * images.width);
    const auto reference_count = std::min(split.kept.size(), std::size_t{AnomalyDetector::kMostCodes});
    const std::vector<float> reference = take_rows(rows, std::span(split.kept).first(reference_count));
    const std::vector<float> held_out = take_rows(rows, split.held_out);
    const VerdictRule rule{parse_anomaly_score(a.score), a.false_alarm_rate, 0};
    ThreadPool pool(a.engine.threads);
    return AnomalyDetector::fit(*applied.network, {reference, size}, {held_out, size}, rule, pool);
}

void print_report(const Model& model, const FitArguments& a) {
    const auto facts = nlohmann::ordered_json::parse(model.metadata.at("anomaly"));
    if (a.json) {
        nlohmann::ordered_json document = {{"model", a.model}, {"output", a.out}};
        document.update(facts);
        print_document(document);
        return;
    }
    print("normal     {}\n", facts["normal"].get<std::string>());
    print("reference  {} codes\nheld out   {} images\n", facts["reference"].get<int>(), facts["held_out"].get<int>());
    print("\nthresholds for {:g} % false alarms\n", 100 * a.false_alarm_rate);
    for (const auto& [score, threshold] : facts["thresholds"].items())
        print("  {:<12} {:>10.5g}{}\n", score, threshold.get<double>(), score == a.score ? "   gives the verdict" : "");
}

}  // namespace

int anomaly_fit_command(const Arguments& arguments) {
    FitArguments a;
    a.input.source.name = "mnist:train";
    CommandLine line(
        "anomaly fit",
        "Learns each score's threshold from normal images, and writes a copy of the model with them. Train the "
        "model with --val split:0.1: thresholds from images it was trained on give many false alarms.",
        "ae_cuda anomaly fit runs/guard -o guard.safetensors --false-alarm-rate 0.01");
    line.add_option("MODEL", a.model, "A model.safetensors or a run folder").required();
    a.input.add_to(line);
    line.add_option("-o,--output", a.out, "The model with thresholds, .safetensors").required();
    line.add_option("--digits", a.digits, "Labels that are normal: 7, 0-4 or 1,3,5-9 (default: those of the training)");
    line.add_option("--false-alarm-rate", a.false_alarm_rate, "Share of normal images that may be called anomalous")
        .check(between(0, 1));
    line.add_option("--score", a.score,
                    "The score that gives the verdict: " + fmt::format("{}", fmt::join(anomaly_score_names(), ", ")))
        .check(one_of(anomaly_score_names()));
    line.add_option("--hold-out", a.held_out,
                    "Share of the images that sets the thresholds (default: that of the training's --val, or 0.1)")
        .check(between(0, 1));
    line.add_flag("--json", a.json, "One JSON document");
    a.engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_output(a.out, {".safetensors"}, ReadFiles().model(a.model).source(a.input.source.name));

    AppliedModel applied = apply_model(a.model, a.engine);
    InputImages images = a.input.load(applied.model);
    choose_labels(images, a, applied.model);
    store_detector(applied.model, fit(a, applied, images), fmt::format("{} of {}", images.count, images.origin));
    save_model(a.out, applied.model);
    print_report(applied.model, a);
    say("wrote {}", a.out);
    return 0;
}

}  // namespace ae
