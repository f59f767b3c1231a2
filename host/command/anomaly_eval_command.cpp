// ae_cuda anomaly eval: one-class and leave-one-out protocols over the labels of a set.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/anomaly_outcome.h"
#include "command/commands.h"
#include "command/judged_labels.h"
#include "command/presets.h"
#include "command/print_document.h"
#include "command/train_units.h"
#include "data/image_selection.h"
#include "engine/fitting_shape.h"
#include "train/signals.h"

namespace ae {

namespace {

struct EvalArguments {
    TrainArguments train;
    std::string protocol = "both", digits;
    double false_alarm_rate = 0.05, held_out = 0.1;
    bool json = false, batch_is_given = false;
};

Shape shape_of(const EvalArguments& a, const Dataset& data) {
    return fitting_shape(a.train.layers, data.train.pixels_per_image());
}

std::vector<Protocol> asked_protocols(const std::string& name) {
    if (name == "both") return {Protocol::one_class, Protocol::leave_one_out};
    return {name == text(Protocol::one_class) ? Protocol::one_class : Protocol::leave_one_out};
}

std::vector<int> asked_labels(const std::string& digits, const Dataset& data) {
    const LabelSet present = labels_in(data.train.labels);
    const LabelSet chosen = digits.empty() ? present : parse_labels("--labels", digits, data.label_names);
    if ((chosen & ~present).any())
        throw UsageError(
            fmt::format("--labels: {} has no label {}", data.name, labels_text(chosen & ~present, data.label_names)));
    std::vector<int> labels;
    for (std::size_t label = 0; label < chosen.size(); ++label)
        if (chosen.test(label)) labels.push_back(static_cast<int>(label));
    return labels;
}

/// What can be said before any training: which labels cannot be judged.
std::vector<Outcome> prospect(const EvalArguments& a, const Dataset& data, const ProtocolPlan& plan) {
    std::vector<Outcome> outcomes;
    bool can_judge = false;
    std::string why;
    for (const Protocol protocol : asked_protocols(a.protocol)) {
        outcomes.push_back({protocol});
        for (const int label : asked_labels(a.digits, data)) {
            why = why_not_judged(protocol, label, data, plan);
            can_judge |= why.empty();
            if (why.empty()) continue;
            outcomes.back().left_out[label] = why;
            say("{}: label {} is left out: {}", text(protocol),
                label_text(static_cast<std::size_t>(label), data.label_names), why);
        }
    }
    if (!can_judge) throw UsageError(fmt::format("anomaly eval: no label of {} can be judged: {}", data.name, why));
    return outcomes;
}

bool judge_all(std::vector<Outcome>& outcomes, const EvalArguments& a, const Dataset& data, const ProtocolPlan& plan) {
    std::vector<LabelsToJudge> all;
    for (Outcome& outcome : outcomes) {
        std::vector<int> labels = asked_labels(a.digits, data);
        std::erase_if(labels, [&](int label) { return outcome.left_out.contains(label); });
        all.push_back({&outcome, std::move(labels)});
    }
    return judge_labels(all, a.train, data, plan);
}

void print_results(const std::vector<Outcome>& outcomes, const EvalArguments& a, const Dataset& data, double seconds) {
    print(
        "{}: {} epochs of {} (preset {}); {:g} % of the normal images held out, thresholds for {:g} % false alarms; "
        "{}\n",
        data.name, a.train.epochs, shape_of(a, data).text(), a.train.preset, 100 * a.held_out, 100 * a.false_alarm_rate,
        duration_text(seconds));
    for (const Outcome& outcome : outcomes) print_tables(outcome, asked_labels(a.digits, data), data.label_names);
}

void print_json(const std::vector<Outcome>& outcomes, const EvalArguments& a, const Dataset& data, double seconds,
                bool is_complete) {
    const std::vector<int> labels = asked_labels(a.digits, data);
    nlohmann::ordered_json document = {{"data", data.name},
                                       {"preset", a.train.preset},
                                       {"layers", shape_of(a, data).text()},
                                       {"epochs", a.train.epochs},
                                       {"seed", a.train.settings.seed},
                                       {"held_out", a.held_out},
                                       {"false_alarm_rate", a.false_alarm_rate},
                                       {"labels", labels},
                                       {"label_names", data.label_names},
                                       {"complete", is_complete},
                                       {"seconds", seconds}};
    for (const Outcome& outcome : outcomes) {
        const std::string protocol = text(outcome.protocol);
        document["protocols"][protocol] = to_json(outcome, labels);
        for (const auto& [label, why] : outcome.left_out) document["left_out"][protocol][std::to_string(label)] = why;
    }
    print_document(document);
}

/// What was finished is printed, however it ended: with a signal, or with an error, which is thrown on.
int run(EvalArguments& a) {
    const Stopwatch watch;
    const Dataset data = a.train.data.load(ProgressMode::automatic, a.train.quiet);
    choose_units(a.train, data, false);
    if (data.train.labels.empty() || data.test.labels.empty())
        throw UsageError(fmt::format("anomaly eval: {} has no labels", data.name));
    Settings settings = a.train.settings;
    settings.shape = shape_of(a, data);
    const ProtocolPlan plan{settings,           a.train.epochs, a.train.engine.engine, a.train.engine.options(),
                            a.false_alarm_rate, a.held_out,     !a.batch_is_given};
    const SignalGuard signals;
    std::vector<Outcome> outcomes = prospect(a, data, plan);
    bool is_complete = false;
    std::exception_ptr failure;
    try {
        is_complete = judge_all(outcomes, a, data, plan);
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    const bool has_results = std::ranges::any_of(outcomes, [](const Outcome& o) { return !o.judged.empty(); });
    std::erase_if(outcomes, [](const Outcome& o) { return o.judged.empty() && o.left_out.empty(); });
    if (has_results && a.json) print_json(outcomes, a, data, watch.seconds(), is_complete);
    if (has_results && !a.json) print_results(outcomes, a, data, watch.seconds());
    if (failure) std::rethrow_exception(failure);
    return is_complete ? 0 : 128 + SignalGuard::received();
}

}  // namespace

int anomaly_eval_command(const Arguments& arguments) {
    EvalArguments a;
    CommandLine line(
        "anomaly eval",
        "Trains a model for every label and measures how well each score finds images unlike its training images: "
        "one-class, or all labels but one.",
        "ae_cuda anomaly eval --preset anomaly --protocol one-class");
    apply_preset(a.train, arguments);
    line.add_option("--preset", a.train.preset, "Recipe of the networks: spec or anomaly; other options override it");
    line.add_option("--protocol", a.protocol, "one-class, leave-one-out or both")
        .check(one_of({"one-class", "leave-one-out", "both"}));
    line.add_option("--labels,--digits", a.digits, "Labels to evaluate: 7, 0-4, 1,3,5-9 or names (default: all)");
    line.add_option("--layers", a.train.layers, "Widths of the hidden layers, or of all");
    line.add_option("--epochs", a.train.epochs, "Passes over the training images").check(between(1, 1000000));
    line.add_option("--batch-size", a.train.settings.batch_size, "Images per step").check(at_least(1));
    line.add_option("--seed", a.train.settings.seed,
                    "Seed of the weights, the order of images and the choice of those held out");
    line.add_option("--false-alarm-rate", a.false_alarm_rate, "Share of normal images that may be called anomalous")
        .check(between(0, 1));
    line.add_option("--hold-out", a.held_out, "Share of the normal images that sets the thresholds")
        .check(between(0, 1));
    line.add_flag("--json", a.json, "One JSON document");
    line.add_option("--progress", a.train.progress, "auto, always or never").check(one_of({"auto", "always", "never"}));
    line.add_flag("-q,--quiet", a.train.quiet, "Only errors on stderr");
    a.train.data.add_to(line);
    a.train.engine.add_to(line);
    if (!line.read(arguments)) return 0;
    a.train.settings = asked_settings(a.train);
    a.batch_is_given = line.given("--batch-size");
    return run(a);
}

}  // namespace ae
