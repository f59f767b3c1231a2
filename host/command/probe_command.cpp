// ae_cuda probe: accuracy of classifiers on codes, on principal components and on pixels.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/row_source.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "use/pca.h"
#include "use/probe.h"

namespace ae {

namespace {

/// A representation of the images, and the accuracies measured with it.
struct Column {
    std::string name;
    std::vector<ProbeMeasure> measures;
};

struct Table {
    std::vector<Column> columns;  ///< the code, PCA, pixels

    std::size_t rows() const { return columns.front().measures.size(); }
    double at(std::size_t row, std::size_t column) const { return columns[column].measures[row].accuracy; }
    std::size_t best(std::size_t row) const {
        std::size_t best = 0;
        for (std::size_t c = 1; c < columns.size(); ++c)
            if (at(row, c) > at(row, best)) best = c;
        return best;
    }
};

constexpr std::size_t kCode = 0, kPca = 1;
constexpr int kComponents = 64, kColumns = 3;

Features codes_of(const OwnData& data, const AppliedModel& applied) {
    const int width = applied.model.settings.shape.code_size();
    Features codes{fmt::format("code-{}", width), width, {}, {}};
    for (const auto& [images, to] : {std::pair(data.trained_on, &codes.train), std::pair(data.test, &codes.test)}) {
        to->reserve(static_cast<std::size_t>(images->rows()) * static_cast<std::size_t>(width));
        for_chunks(*images, "encode", [&, to = to](int, std::span<const float> pixels) {
            const std::vector<float> part = applied.network->encode(pixels);
            to->insert(to->end(), part.begin(), part.end());
        });
    }
    return codes;
}

Features components_of(const OwnData& data, ThreadPool& pool) {
    const int components = std::min(kComponents, data.trained_on->cols());
    const Pca pca = watched(*data.trained_on, "PCA", 2, [&](const auto& rows) { return Pca(rows, components, pool); });
    const auto project = [&](const ImageStream& images) {
        return watched(images, "project", 1, [&](const auto& rows) { return pca.project(rows, pool); });
    };
    return {fmt::format("PCA-{}", components), components, project(*data.trained_on), project(*data.test)};
}

/// One representation after the other, because one of a million images takes 256 MB.
Table measure(const OwnData& data, const AppliedModel& applied, ThreadPool& pool) {
    const ProbeLabels labels{data.trained_on->facts().labels, data.test->facts().labels};
    Table table;
    const auto add = [&](const auto& features) {
        BusyLine bar(ProgressMode::automatic, "probe", silence());  // some passes over the images tell nothing
        ProbeOptions options;
        options.progress = [&](const std::string& what, double part) {
            bar.draw("probe", (static_cast<double>(table.columns.size()) + part) / kColumns, what);
        };
        std::vector<ProbeMeasure> measures = probe(features, labels, options, pool);
        table.columns.push_back({features.name, std::move(measures)});
    };
    add(codes_of(data, applied));
    add(components_of(data, pool));
    add(FeatureRows{"pixels", *data.trained_on, *data.test});
    return table;
}

void print_table(const Table& table) {
    print("{:<28}", "accuracy, %");
    for (const Column& column : table.columns) print("{:>9}", column.name);
    print("   best\n");
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const ProbeMeasure& measure = table.columns.front().measures[row];
        const std::string labels = measure.labels > 0 ? fmt::format(", {} labels", measure.labels) : "";
        print("{:<28}", measure.classifier + labels);
        for (std::size_t c = 0; c < table.columns.size(); ++c) print("{:>9.2f}", 100 * table.at(row, c));
        print("   {}\n", table.columns[table.best(row)].name);
    }
}

/// Says in how many rows principal components, which need no network, do better.
void print_verdict(const Table& table) {
    std::size_t ahead = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) ahead += table.at(row, kPca) > table.at(row, kCode);
    print("\n{} is ahead of the code in {} of {} rows. With few labels: the mean of {} draws.\n",
          table.columns[kPca].name, ahead, table.rows(), ProbeOptions{}.draws);
}

nlohmann::ordered_json to_json(const Table& table) {
    nlohmann::ordered_json measures = nlohmann::ordered_json::array();
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const ProbeMeasure& measure = table.columns.front().measures[row];
        nlohmann::ordered_json accuracies;
        for (std::size_t c = 0; c < table.columns.size(); ++c) accuracies[table.columns[c].name] = table.at(row, c);
        measures.push_back({{"classifier", measure.classifier},
                            {"labels", measure.labels > 0 ? nlohmann::json(measure.labels) : nlohmann::json("all")},
                            {"accuracy", accuracies},
                            {"best", table.columns[table.best(row)].name}});
    }
    return measures;
}

}  // namespace

int probe_command(const Arguments& arguments, Group* ranks) {
    std::string path;
    bool json = false;
    OwnDataArguments data;
    EngineArguments engine{.group = ranks};
    CommandLine line(
        "probe",
        "Accuracy of k nearest neighbours and a linear classifier on codes, principal components and raw pixels.",
        "ae_cuda probe runs/first");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_flag("--json", json, "One JSON document");
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;

    const Stopwatch watch;
    const AppliedModel applied = apply_model(path, engine);
    const OwnData set = data.open(applied.model, path);
    const ImageFacts &train = set.trained_on->facts(), &test = set.test->facts();
    if (train.labels.empty() || test.labels.empty())
        throw UsageError(fmt::format("probe: {} has no labels", set.name()));
    ThreadPool pool(engine.threads);
    const Table table = measure(set, applied, pool);
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"data", set.name()},
                                                 {"train_images", train.count},
                                                 {"test_images", test.count},
                                                 {"measures", to_json(table)},
                                                 {"seconds", watch.seconds()}};
        print_document(document);
        return 0;
    }
    print("{}: {} training and {} test images of {}\n\n", path, train.count, test.count, set.name());
    print_table(table);
    print_verdict(table);
    return 0;
}

}  // namespace ae
