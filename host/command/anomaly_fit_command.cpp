// ae_cuda anomaly fit: learns how a model scores normal images, and writes that into a copy of its file.
#include <fmt/format.h>
#include <fmt/ranges.h>

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
#include "command/own_data.h"
#include "command/print_document.h"
#include "command/scored_images.h"
#include "data/data_selection.h"
#include "data/image_selection.h"
#include "data/known_images.h"
#include "model/model_images.h"
#include "use/stored_detector.h"

namespace ae {

namespace {

struct FitArguments {
    std::string model, out, score, input, calibrate;
    double false_alarm_rate = 0.05;
    std::optional<double> held_out;
    bool json = false, invert = false;
    OwnDataArguments data;
    EngineArguments engine;
};

/// Normal images in two parts.
struct NormalImages {
    InputImages reference;  ///< whose codes are kept
    InputImages held_out;   ///< whose scores set the thresholds: the network must not have seen them
    std::string text;       ///< for people
};

InputImages read(const FitArguments& a, const std::string& name, const Model& model) {
    return read_all(
        *open_input({name, a.invert, a.data.data.options, true}, a.data.data.reading, a.data.data.no_download, model));
}

InputImages take(const InputImages& images, std::span<const int> indices) {
    InputImages taken{.origin = images.origin,
                      .count = static_cast<int>(indices.size()),
                      .height = images.height,
                      .width = images.width,
                      .pixels = take_rows(as_rows(images.pixels, static_cast<int>(images.size().values())), indices),
                      .channels = images.channels,
                      .columns = images.columns,
                      .are_numbers = images.are_numbers};
    if (!images.labels.empty()) taken.labels = take_labels(images.labels, indices);
    return taken;
}

/// Keeps the images with the labels asked for; without any, those with the labels that the model was trained on.
InputImages of_normal_labels(InputImages images, const FitArguments& a, const Model& model) {
    const std::vector<std::string> names = trained_labels(model.metadata);
    const LabelSet labels =
        (a.data.selection.chooses_labels() ? a.data.selection : DataSelection::of(model.metadata)).labels(names);
    if (labels.all() || (!a.data.selection.chooses_labels() && images.labels.empty())) return images;
    if (images.labels.empty()) throw UsageError(fmt::format("--labels: {} has no labels to choose by", images.origin));
    InputImages chosen = take(images, indices_of(images.labels, labels));
    if (chosen.count == 0) throw UsageError(fmt::format("--labels: {} has no image of those labels", images.origin));
    chosen.origin += ", labels " + labels_text(labels & labels_in(images.labels), names);
    return chosen;
}

[[noreturn]] void refuse_seen(const FitArguments& a, const std::string& what, const OwnData& own) {
    throw UsageError(fmt::format(
        "{}: {}. A network's scores of images that it has seen are too low to set thresholds by. {}", a.model, what,
        own.holds_out ? "Leave INPUT and --calibrate out: training held images out, which are used then"
                      : "Train with --val split:0.1, or name other normal images with --calibrate"));
}

/// Images of the training must not set thresholds, under whatever name they come. Sets of few pixels hold the same
/// image twice by chance: the images that training validated on tell how often.
void check_unseen(const FitArguments& a, const InputImages& images, const OwnData& own) {
    constexpr double kMargin = 0.1;
    const KnownImages known(own.trained_on());
    const double seen = known.share_of(images.pixels), by_chance = known.share_of(own.validation());
    if (seen > by_chance + kMargin)
        refuse_seen(a, fmt::format("was trained on {:.0f} % of the images of {}", 100 * seen, images.origin), own);
}

NormalImages own_images(const FitArguments& a, const OwnData& own) {
    if (!own.holds_out) refuse_seen(a, fmt::format("was trained on all training images of {}", own.name()), own);
    return {as_input(own.trained_on(), own.name()), as_input(own.validation(), own.name()),
            fmt::format("{} of {} (training images{})", own.trained_on().count + own.validation().count, own.set().name,
                        own.labels)};
}

/// Codes from the training's images, thresholds from others.
NormalImages calibrated_images(const FitArguments& a, const Model& model, const OwnData& own) {
    InputImages held_out = of_normal_labels(read(a, a.calibrate, model), a, model);
    check_unseen(a, held_out, own);
    const std::string text = fmt::format("{} of {}, thresholds from {} of {}", own.trained_on().count, own.name(),
                                         held_out.count, held_out.origin);
    return {as_input(own.trained_on(), own.name()), std::move(held_out), text};
}

/// Both from INPUT.
NormalImages input_images(const FitArguments& a, const Model& model, const OwnData& own) {
    constexpr double kDefault = 0.1;
    const InputImages images = of_normal_labels(read(a, a.input, model), a, model);
    check_unseen(a, images, own);
    const RandomSplit split = split_normal(images.count, a.held_out.value_or(kDefault), model.settings.seed);
    return {take(images, split.kept), take(images, split.held_out),
            fmt::format("{} of {}", images.count, images.origin)};
}

NormalImages normal_images(const FitArguments& a, const AppliedModel& applied) {
    OwnDataArguments all = a.data;
    all.selection = {};
    OwnData own = all.load(applied.model, a.model);
    if (!a.input.empty()) return input_images(a, applied.model, own);
    if (a.data.selection.chooses_labels()) own.keep(a.data.selection);
    return a.calibrate.empty() ? own_images(a, own) : calibrated_images(a, applied.model, own);
}

EnsembleDetector fit(const FitArguments& a, const std::vector<AppliedModel>& members, const NormalImages& normal) {
    const ImageSize size = normal.reference.size();
    const auto count = std::min(normal.reference.count, int{AnomalyDetector::kMostCodes});
    const auto reference = std::span(normal.reference.pixels).first(static_cast<std::size_t>(count) * size.values());
    const VerdictRule rule{parse_anomaly_score(a.score), a.false_alarm_rate, 0};
    ThreadPool pool(a.engine.threads);
    const bool are_numbers = normal.reference.are_numbers;
    return EnsembleDetector::fit(networks_of(members), {reference, size, are_numbers},
                                 {normal.held_out.pixels, size, are_numbers}, rule, pool);
}

/// Into the model of the first member.
void store(std::vector<AppliedModel>& members, const EnsembleDetector& detector, const std::string& normal) {
    std::vector<const Model*> others;
    for (std::size_t i = 1; i < members.size(); ++i) others.push_back(&members[i].model);
    store_detector(members.front().model, detector, others, normal);
}

void print_report(const Model& model, const FitArguments& a, const EnsembleDetector& detector) {
    const auto facts = nlohmann::ordered_json::parse(model.metadata.at("anomaly"));
    if (a.json) {
        nlohmann::ordered_json document = {{"model", a.model}, {"output", a.out}};
        document.update(facts);
        print_document(document);
        return;
    }
    print("normal     {}\n", facts["normal"].get<std::string>());
    if (detector.members().size() > 1)
        print("ensemble   {} models, seeds {}; their mean score decides\n", detector.members().size(),
              fmt::join(facts["seeds"].get<std::vector<std::uint64_t>>(), ", "));
    print("reference  {} codes\nheld out   {} images\n", facts["reference"].get<int>(), facts["held_out"].get<int>());
    const double deviation = detector.calibration(detector.rule().score).rate_deviation(a.false_alarm_rate);
    print("\nthresholds for {:g} % false alarms; {} held-out images vouch for that to about ± {:.1g} %\n",
          100 * a.false_alarm_rate, facts["held_out"].get<int>(), 200 * deviation);
    for (const auto& [score, threshold] : facts["thresholds"].items())
        print("  {:<12} {:>10.5g}{}\n", score, threshold.get<double>(), score == a.score ? "   gives the verdict" : "");
}

}  // namespace

int anomaly_fit_command(const Arguments& arguments) {
    FitArguments a;
    CommandLine line(
        "anomaly fit",
        "Learns each score's threshold from normal images that training held out (--val split:0.1) or that --calibrate "
        "names, and writes a copy of the model with them.",
        "ae_cuda anomaly fit runs/guard -o guard.safetensors --false-alarm-rate 0.01");
    line.add_option("MODEL", a.model,
                    "A model.safetensors, a run folder, or the folder of an ensemble (train --models)")
        .required();
    Option input =
        line.add_option("INPUT", a.input,
                        "Other normal images than those of the training, to learn from and to set thresholds "
                        "by (default: the model's own)");
    line.add_option("--calibrate", a.calibrate, "Other normal images, to set thresholds by alone").excludes(input);
    line.add_flag("--invert", a.invert, "INPUT, or --calibrate, is dark on light");
    line.add_option("-o,--output", a.out, "The model with thresholds, .safetensors").required();
    line.add_option("--false-alarm-rate", a.false_alarm_rate, "Share of normal images that may be called anomalous")
        .check(between(0, 1));
    line.add_option("--score", a.score,
                    "The score that gives the verdict (default: combined; of numbers, mse): " +
                        fmt::format("{}", fmt::join(anomaly_score_names(), ", ")))
        .check(one_of(anomaly_score_names()));
    line.add_option("--hold-out", a.held_out, "Share of INPUT that sets the thresholds (default: 0.1)")
        .check(between(0, 1));
    line.add_flag("--json", a.json, "One JSON document");
    a.data.add_to(line);
    a.engine.add_to(line);
    if (!line.read(arguments)) return 0;
    if (a.held_out && a.input.empty())
        throw UsageError("--hold-out: training chose the images that are held out; --hold-out is for an INPUT");

    std::vector<AppliedModel> members = apply_members(a.model, a.engine);
    AppliedModel& applied = members.front();
    if (a.score.empty()) a.score = takes_numbers(applied.model) ? "mse" : "combined";
    say_if_unsuited(parse_anomaly_score(a.score), takes_numbers(applied.model));
    check_output(
        a.out, {".safetensors"},
        ReadFiles().model(a.model).source(a.input).source(a.calibrate).source(a.data.source(applied.model, a.model)));
    const NormalImages normal = normal_images(a, applied);
    const EnsembleDetector detector = fit(a, members, normal);
    store(members, detector, normal.text);
    save_model(a.out, applied.model);
    print_report(applied.model, a, detector);
    say("wrote {}", a.out);
    return 0;
}

}  // namespace ae
