// ae_cuda anomaly fit: learns how a model scores normal images, and writes that into a copy of its file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ae/error.h"
#include "base/facts.h"
#include "base/terminal.h"
#include "command/chunks.h"
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
#include "train/busy_line.h"
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
    OwnData::Stream reference;  ///< whose codes are kept
    OwnData::Stream held_out;   ///< whose scores set the thresholds: the network must not have seen them
    std::string text;           ///< for people
};

OwnData::Stream open(const FitArguments& a, const std::string& name, const Model& model) {
    return open_input({name, a.invert, a.data.data.options, true}, a.data.data.reading, a.data.data.no_download, model);
}

/// Keeps the images with the labels asked for; without any, those with the labels that the model was trained on.
OwnData::Stream of_normal_labels(OwnData::Stream images, const FitArguments& a, const Model& model) {
    const std::vector<std::string> names = trained_labels(model.metadata);
    const LabelSet labels =
        (a.data.selection.chooses_labels() ? a.data.selection : DataSelection::of(model.metadata)).labels(names);
    const ImageFacts& all = images->facts();
    if (labels.all() || (!a.data.selection.chooses_labels() && all.labels.empty())) return images;
    if (all.labels.empty()) throw UsageError(fmt::format("--labels: {} has no labels to choose by", all.origin));
    std::vector<int> numbers = indices_of(all.labels, labels);
    if (numbers.empty()) throw UsageError(fmt::format("--labels: {} has no image of those labels", all.origin));
    const std::string chosen = ", labels " + labels_text(labels & labels_in(all.labels), names);
    OwnData::Stream normal = chosen_images(std::move(images), std::move(numbers));
    ImageFacts facts = normal->facts();
    facts.origin += chosen;
    return with_facts(std::move(normal), std::move(facts));
}

[[noreturn]] void refuse_seen(const FitArguments& a, const std::string& what, const OwnData& own) {
    throw UsageError(fmt::format(
        "{}: {}. A network's scores of images that it has seen are too low to set thresholds by. {}", a.model, what,
        own.holds_out ? "Leave INPUT and --calibrate out: training held images out, which are used then"
                      : "Train with --val split:0.1, or name other normal images with --calibrate"));
}

KnownImages known_images(const ImageStream& images) {
    KnownImages known(images.cols());
    for_chunks(images, "look up", [&](int, std::span<const float> pixels) { known.add(pixels); });
    known.finish();
    return known;
}

double share_of(const ImageStream& images, const KnownImages& known) {
    int found = 0;
    for_chunks(images, "look up", [&](int, std::span<const float> pixels) { found += known.count_of(pixels); });
    return static_cast<double>(found) / images.rows();
}

/// Images of the training must not set thresholds, under whatever name they come. Sets of few pixels hold the same
/// image twice by chance: the images that training validated on tell how often.
void check_unseen(const FitArguments& a, const ImageStream& images, const OwnData& own) {
    constexpr double kMargin = 0.1;
    const KnownImages known = known_images(*own.trained_on);
    const double seen = share_of(images, known), by_chance = share_of(*own.validation, known);
    if (seen > by_chance + kMargin)
        refuse_seen(a, fmt::format("was trained on {:.0f} % of the images of {}", 100 * seen, images.facts().origin),
                    own);
}

NormalImages own_images(const FitArguments& a, const Model& model, const OwnData& own) {
    if (own.sha256 != fact_of(model.metadata, "data_sha256"))
        throw UsageError(fmt::format(
            "--data {}: {} was not trained on these images. Leave --data out, or name other normal images as INPUT or "
            "with --calibrate",
            a.data.data.options.source, a.model));
    if (!own.holds_out) refuse_seen(a, fmt::format("was trained on all training images of {}", own.name()), own);
    return {own.trained_on, own.validation,
            fmt::format("{} of {} (training images{})", own.trained_on->rows() + own.validation->rows(), own.set.name,
                        own.labels)};
}

/// Codes from the training's images, thresholds from others.
NormalImages calibrated_images(const FitArguments& a, const Model& model, const OwnData& own) {
    OwnData::Stream held_out = of_normal_labels(open(a, a.calibrate, model), a, model);
    check_unseen(a, *held_out, own);
    const std::string text = fmt::format("{} of {}, thresholds from {} of {}", own.trained_on->rows(), own.name(),
                                         held_out->rows(), held_out->facts().origin);
    return {own.trained_on, std::move(held_out), text};
}

/// Both from INPUT.
NormalImages input_images(const FitArguments& a, const Model& model, const OwnData& own) {
    constexpr double kDefault = 0.1;
    const OwnData::Stream images = of_normal_labels(open(a, a.input, model), a, model);
    check_unseen(a, *images, own);
    RandomSplit split = split_normal(images->rows(), a.held_out.value_or(kDefault), model.settings.seed);
    return {chosen_images(images, std::move(split.kept)), chosen_images(images, std::move(split.held_out)),
            fmt::format("{} of {}", images->rows(), images->facts().origin)};
}

NormalImages normal_images(const FitArguments& a, const AppliedModel& applied) {
    OwnDataArguments all = a.data;
    all.selection = {};
    OwnData own = all.open(applied.model, a.model);
    if (!a.input.empty()) return input_images(a, applied.model, own);
    if (a.data.selection.chooses_labels()) own.keep(a.data.selection);
    return a.calibrate.empty() ? own_images(a, applied.model, own) : calibrated_images(a, applied.model, own);
}

FittedDetector fit_member(Network& network, const NormalImages& normal, const VerdictRule& rule, ThreadPool& pool) {
    DetectorFit fit(network, pool);
    const auto batch = [&](std::span<const float> pixels) {
        return ImageBatch{pixels, normal.reference->facts().size, normal.reference->facts().are_numbers};
    };
    for_chunks(*first_images(normal.reference, AnomalyDetector::kMostCodes), "encode",
               [&](int, std::span<const float> pixels) { fit.add_reference(batch(pixels)); });
    for_chunks(*normal.held_out, "score", [&](int, std::span<const float> pixels) { fit.add_held_out(batch(pixels)); });
    const BusyLine calibrating(ProgressMode::automatic, "calibrating", silence());
    return fit.detector(rule);
}

EnsembleDetector fit(const FitArguments& a, const std::vector<AppliedModel>& members, const NormalImages& normal) {
    ThreadPool pool(a.engine.threads);
    const VerdictRule rule{parse_anomaly_score(a.score), a.false_alarm_rate, 0};
    std::vector<FittedDetector> fitted;
    for (Network* network : networks_of(members)) fitted.push_back(fit_member(*network, normal, rule, pool));
    const BusyLine calibrating(ProgressMode::automatic, "calibrating", silence());
    return EnsembleDetector::of(std::move(fitted));
}

/// Into the model of the first member.
void store(std::vector<AppliedModel>& members, const EnsembleDetector& detector, const std::string& normal) {
    std::vector<const Model*> others;
    for (std::size_t i = 1; i < members.size(); ++i) others.push_back(&members[i].model);
    store_detector(members.front().model, detector, others, normal);
}

/// "0.3", "3", "10"
std::string percent_text(double percent) {
    return percent < 1 ? fmt::format("{:.1g}", percent) : fmt::format("{:.0f}", percent);
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
    print("\nthresholds for {:g} % false alarms; {} held-out images vouch for that to about ± {} %\n",
          100 * a.false_alarm_rate, facts["held_out"].get<int>(), percent_text(200 * deviation));
    for (const auto& [score, threshold] : facts["thresholds"].items())
        print("  {:<12} {:>10.5g}{}\n", score, threshold.get<double>(), score == a.score ? "   gives the verdict" : "");
}

}  // namespace

int anomaly_fit_command(const Arguments& arguments, Group* ranks) {
    FitArguments a;
    a.engine.group = ranks;
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
    {
        const BusyLine writing(ProgressMode::automatic, "writing", silence());
        store(members, detector, normal.text);
        save_model(a.out, applied.model);
    }
    print_report(applied.model, a, detector);
    say("wrote {}", a.out);
    return 0;
}

}  // namespace ae
