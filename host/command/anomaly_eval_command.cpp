// ae_cuda anomaly eval: one-class and leave-one-out protocols over the labels of a set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/stopwatch.h"
#include "command/commands.h"
#include "command/presets.h"
#include "data/image_selection.h"
#include "train/signals.h"
#include "use/anomaly_protocol.h"

namespace ae {

namespace {

struct EvalArguments {
    TrainArguments train;
    std::string protocol = "both", digits;
    double false_alarm_rate = 0.05, held_out = 0.1;
    bool json = false;
};

/// The judgements of a protocol: one entry for each label.
struct Outcome {
    Protocol protocol;
    std::vector<std::vector<Judgement>> labels;
};

class ProtocolProgress final : public TrainObserver {
public:
    explicit ProtocolProgress(const TrainArguments& a)
        : epochs_(a.epochs), bar_(a.quiet ? ProgressMode::never : parse_progress(a.progress)) {}

    void begin(Protocol protocol, int label) {
        epoch_ = 0;
        label_ = fmt::format("{} {}", text(protocol), label);
        bar_.draw(label_, 0, "reading");
    }
    void end() { bar_.clear(); }

    void on_steps(std::uint64_t, double images_per_second) override {
        bar_.draw(label_, epoch_ / epochs_, fmt::format("{} images/s", count_text(images_per_second)));
    }
    void on_epoch(const EpochRecord& record, bool) override {
        epoch_ = record.epoch;
        bar_.draw(label_, epoch_ / epochs_, record.epoch == epochs_ ? "judging" : "training");
    }
    void on_checkpoint(const History&) override {}
    bool stop_requested() override { return SignalGuard::received() != 0; }

private:
    double epoch_ = 0;
    int epochs_;
    ProgressBar bar_;
    std::string label_;
};

std::vector<Protocol> asked_protocols(const std::string& name) {
    if (name == "both") return {Protocol::one_class, Protocol::leave_one_out};
    return {name == text(Protocol::one_class) ? Protocol::one_class : Protocol::leave_one_out};
}

std::vector<int> asked_labels(const std::string& digits, const Dataset& data) {
    const LabelSet present = labels_in(data.train.labels);
    const LabelSet chosen = digits.empty() ? present : parse_labels("--digits", digits);
    if ((chosen & ~present).any())
        throw UsageError(fmt::format("--digits: {} has no label {}", data.name, labels_text(chosen & ~present)));
    std::vector<int> labels;
    for (std::size_t label = 0; label < chosen.size(); ++label)
        if (chosen.test(label)) labels.push_back(static_cast<int>(label));
    return labels;
}

struct Measure {
    const char *key, *title;
    double (*of)(const Judgement&);
};

constexpr Measure kMeasures[] = {
    {"auroc", "AUROC, %", [](const Judgement& j) { return j.detection.auroc; }},
    {"auprc", "AUPRC, %", [](const Judgement& j) { return j.detection.auprc; }},
    {"fpr95", "FPR at 95 % TPR, %", [](const Judgement& j) { return j.detection.fpr95; }},
    {"false_alarms", "False alarms, %", [](const Judgement& j) { return j.false_alarms; }},
};

void print_tables(const Outcome& outcome, const std::vector<int>& labels) {
    const std::vector<Judgement> mean = mean_of(outcome.labels);
    fmt::print("\n{}: {}\n", text(outcome.protocol),
               outcome.protocol == Protocol::one_class ? "trained on one label, the others are anomalies"
                                                       : "trained on all labels but one, which is the anomaly");
    for (const Measure& measure : kMeasures) {
        fmt::print("\n{:<19}", measure.title);
        for (const int label : labels) fmt::print("{:>6}", label);
        fmt::print("    mean\n");
        for (std::size_t s = 0; s < mean.size(); ++s) {
            fmt::print("  {:<17}", mean[s].score);
            for (const auto& judgements : outcome.labels) fmt::print("{:>6.1f}", 100 * measure.of(judgements[s]));
            fmt::print("{:>8.2f}\n", 100 * measure.of(mean[s]));
        }
    }
}

nlohmann::ordered_json to_json(const Outcome& outcome) {
    const std::vector<Judgement> mean = mean_of(outcome.labels);
    nlohmann::ordered_json scores;
    for (std::size_t s = 0; s < mean.size(); ++s)
        for (const Measure& measure : kMeasures) {
            auto& entry = scores[mean[s].score][measure.key];
            entry["mean"] = measure.of(mean[s]);
            for (const auto& judgements : outcome.labels) entry["labels"].push_back(measure.of(judgements[s]));
        }
    return scores;
}

int run(const EvalArguments& a) {
    const Stopwatch watch;
    const Dataset data = a.train.data.load(ProgressMode::automatic, a.train.quiet);
    if (data.train.labels.empty() || data.test.labels.empty())
        throw UsageError(fmt::format("anomaly eval: {} has no labels", data.name));
    const std::vector<int> labels = asked_labels(a.digits, data);
    const ProtocolPlan plan{a.train.settings,         a.train.epochs,     a.train.engine.engine,
                            a.train.engine.options(), a.false_alarm_rate, a.held_out};
    ThreadPool pool(a.train.engine.threads);
    ProtocolProgress progress(a.train);
    const SignalGuard signals;
    std::vector<Outcome> outcomes;
    for (const Protocol protocol : asked_protocols(a.protocol)) {
        outcomes.push_back({protocol, {}});
        for (const int label : labels) {
            progress.begin(protocol, label);
            outcomes.back().labels.push_back(run_protocol(protocol, label, data, plan, progress, pool));
            if (outcomes.back().labels.back().empty()) return 128 + SignalGuard::received();
        }
    }
    progress.end();
    if (!a.json) {
        fmt::print(
            "{}: {} epochs of {} (preset {}); {:g} % of the normal images held out, thresholds for {:g} % false "
            "alarms; {}\n",
            data.name, a.train.epochs, a.train.layers, a.train.preset, 100 * a.held_out, 100 * a.false_alarm_rate,
            duration_text(watch.seconds()));
        for (const Outcome& outcome : outcomes) print_tables(outcome, labels);
        return 0;
    }
    nlohmann::ordered_json document = {{"data", data.name},
                                       {"preset", a.train.preset},
                                       {"layers", a.train.layers},
                                       {"epochs", a.train.epochs},
                                       {"seed", a.train.settings.seed},
                                       {"held_out", a.held_out},
                                       {"false_alarm_rate", a.false_alarm_rate},
                                       {"labels", labels},
                                       {"seconds", watch.seconds()}};
    for (const Outcome& outcome : outcomes) document["protocols"][text(outcome.protocol)] = to_json(outcome);
    fmt::print("{}\n", document.dump(2));
    return 0;
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
    line.add_option("--digits", a.digits, "Labels to evaluate: 7, 0-4 or 1,3,5-9 (default: all)");
    line.add_option("--layers", a.train.layers, "Widths from the input to the output");
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
    return run(a);
}

}  // namespace ae
