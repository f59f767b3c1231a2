#include "use/anomaly_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ae/error.h"
#include "base/rows.h"
#include "data/image_check.h"
#include "data/image_selection.h"
#include "use/anomaly_detector.h"
#include "use/pca.h"

namespace ae {

namespace {

/// The images of one run of a protocol.
struct Parts {
    Dataset data;  ///< train: what the network is trained on; test: the normal images held out
    std::vector<float> train, held_out, normal, anomalous;
    ImageSize size;

    ImageBatch batch(const std::vector<float>& pixels) const { return {pixels, size, data.train.are_numbers()}; }
};

LabelSet normal_labels(Protocol protocol, int label) {
    LabelSet chosen;
    chosen.set(static_cast<std::size_t>(label));
    return protocol == Protocol::one_class ? chosen : ~chosen;
}

std::vector<float> floats_of(const Images& images) {
    return images.floats(0, images.count);
}

Parts parts_of(const Dataset& data, const LabelSet& normal, const ProtocolPlan& plan) {
    const Images normal_training = take_images(data.train, indices_of(data.train.labels, normal));
    const RandomSplit split = split_normal(normal_training.count, plan.held_out, plan.settings.seed);
    Parts parts;
    parts.data = {data.name, data.origin, take_images(normal_training, split.kept),
                  take_images(normal_training, split.held_out), data.sha256};
    parts.size = size_of(data.train);
    const Scale scale = Scale::fit(plan.settings.scaling, parts.data.train);
    scale.apply(parts.data);
    parts.train = floats_of(parts.data.train);
    parts.held_out = floats_of(parts.data.test);
    parts.normal = floats_of(take_images(data.test, indices_of(data.test.labels, normal)));
    parts.anomalous = floats_of(take_images(data.test, indices_of(data.test.labels, ~normal)));
    scale.apply(parts.normal), scale.apply(parts.anomalous);
    return parts;
}

/// Null where the observer asked to stop.
std::unique_ptr<Engine> trained_engine(const Parts& parts, const ProtocolPlan& plan, TrainObserver& observer) {
    TrainPlan training;
    training.epochs = plan.epochs;
    Settings settings = plan.settings;
    if (plan.batch_may_shrink) settings.batch_size = std::min(settings.batch_size, parts.data.train.count);
    training.order = Order::of(settings, parts.data.train);
    settings.adam.decay_steps = static_cast<std::uint64_t>(plan.epochs) * training.order.steps_per_epoch();
    auto engine = make_engine(plan.engine, settings, plan.engine_options, parts.data);
    History history;
    if (train(*engine, training, 0, history, observer) == TrainEnd::interrupted) return nullptr;
    return engine;
}

Judgement judge(const std::string& score, const std::vector<float>& normal, const std::vector<float>& anomalous,
                float threshold) {
    const auto alarms = std::ranges::count_if(normal, [&](float s) { return !(s <= threshold); });
    return {score, detection(normal, anomalous), static_cast<double>(alarms) / static_cast<double>(normal.size())};
}

std::vector<float> residuals(const Pca& pca, const std::vector<float>& images, ThreadPool& pool) {
    const auto rows = as_rows(images, pca.pixels());
    const std::vector<float> codes = pca.project(rows, pool);
    const std::vector<float> back = pca.reconstruct(as_rows(codes, pca.components()), pool);
    std::vector<float> errors;
    for (int r = 0; r < rows.rows; ++r) {
        const auto x = row_of(rows, r), y = row_of(as_rows(back, pca.pixels()), r);
        double sum = 0;
        for (std::size_t p = 0; p < x.size(); ++p) sum += std::pow(static_cast<double>(x[p]) - y[p], 2);
        errors.push_back(static_cast<float>(sum / rows.cols));
    }
    return errors;
}

Judgement judge_pca(const Parts& parts, int components, double false_alarm_rate, ThreadPool& pool) {
    const Pca pca(as_rows(parts.train, static_cast<int>(parts.size.values())), components, pool);
    const float threshold = Calibration(residuals(pca, parts.held_out, pool)).threshold(false_alarm_rate);
    return judge(fmt::format("PCA-{}", components), residuals(pca, parts.normal, pool),
                 residuals(pca, parts.anomalous, pool), threshold);
}

}  // namespace

std::string text(Protocol protocol) {
    return protocol == Protocol::one_class ? "one-class" : "leave-one-out";
}

std::string why_not_judged(Protocol protocol, int label, const Dataset& data, const ProtocolPlan& plan) {
    const LabelSet normal = normal_labels(protocol, label);
    const auto count = [](const Images& images, const LabelSet& labels) {
        return static_cast<int>(indices_of(images.labels, labels).size());
    };
    if (count(data.test, normal) == 0 || count(data.test, ~normal) == 0)
        return "it leaves no normal test images or no anomalies among them";
    try {
        const RandomSplit split = split_normal(count(data.train, normal), plan.held_out, plan.settings.seed);
        if (!plan.batch_may_shrink && plan.settings.batch_size > static_cast<int>(split.kept.size()))
            return fmt::format("it leaves {} images to train on, fewer than a batch of {}", split.kept.size(),
                               plan.settings.batch_size);
        Calibration(std::vector<float>(split.held_out.size())).threshold(plan.false_alarm_rate);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

std::vector<Judgement> run_protocol(Protocol protocol, int label, const Dataset& data, const ProtocolPlan& plan,
                                    TrainObserver& observer, ThreadPool& pool) {
    if (const std::string why = why_not_judged(protocol, label, data, plan); !why.empty())
        throw UsageError(fmt::format("{}: label {}: {}", text(protocol), label, why));
    const Parts parts = parts_of(data, normal_labels(protocol, label), plan);
    const auto engine = trained_engine(parts, plan, observer);
    if (!engine) return {};
    const VerdictRule rule{.false_alarm_rate = plan.false_alarm_rate};
    const auto detector =
        AnomalyDetector::fit(engine->network(), parts.batch(parts.train), parts.batch(parts.held_out), rule, pool)
            .detector;
    const ScoreTable normal = detector.scores(engine->network(), parts.batch(parts.normal), pool);
    const ScoreTable anomalous = detector.scores(engine->network(), parts.batch(parts.anomalous), pool);
    std::vector<Judgement> judgements;
    for (const std::string& name : anomaly_score_names()) {
        const AnomalyScore score = parse_anomaly_score(name);
        judgements.push_back(judge(name, normal[score], anomalous[score], detector.threshold(score)));
    }
    judgements.push_back(judge_pca(parts, std::min(64, plan.settings.shape.pixels()), plan.false_alarm_rate, pool));
    return judgements;
}

std::vector<Judgement> mean_of(const std::vector<std::vector<Judgement>>& labels) {
    std::vector<Judgement> mean;
    const auto n = static_cast<double>(labels.size());
    for (std::size_t s = 0; s < labels.front().size(); ++s) {
        Judgement sum{labels.front()[s].score, {}, 0};
        for (const std::vector<Judgement>& label : labels) {
            sum.detection.auroc += label[s].detection.auroc / n;
            sum.detection.auprc += label[s].detection.auprc / n;
            sum.detection.fpr95 += label[s].detection.fpr95 / n;
            sum.false_alarms += label[s].false_alarms / n;
        }
        mean.push_back(sum);
    }
    return mean;
}

}  // namespace ae
