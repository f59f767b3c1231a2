// ae_cuda anomaly score: a verdict on every image.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "ae/error.h"
#include "base/rows.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/faulty_features.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "data/image_output.h"
#include "data/image_selection.h"
#include "file/atomic_file.h"
#include "file/csv_writer.h"
#include "file/paths.h"
#include "use/anomaly_detector.h"

namespace ae {

namespace {

namespace fs = std::filesystem;

constexpr int kMostInPicture = 20;

struct ScoredImage {
    std::string name;  ///< its file's name, or its number
    float score = 0;
    double p = 0;
    Verdict verdict = Verdict::normal;
    std::string features = {};  ///< "radius=0.62; area=0.21", those at fault; empty: not asked for
};

std::vector<ScoredImage> judge(AppliedModel& applied, const AnomalyDetector& detector, const InputImages& images,
                               AnomalyScore score, ThreadPool& pool) {
    const ImageBatch batch{images.pixels, images.size(), images.are_numbers};
    const ScoreTable table = detector.scores(*applied.network, batch, pool);
    const std::vector<float> ink = ink_of(batch);
    std::vector<ScoredImage> scored;
    for (std::size_t i = 0; i < ink.size(); ++i) {
        const float value = table[score][i];
        scored.push_back({images.names.empty() ? std::to_string(i) : images.names[i], value,
                          detector.calibration(score).p_value(value), detector.verdict(score, value, ink[i])});
    }
    return scored;
}

int count(const std::vector<ScoredImage>& scored, Verdict verdict) {
    return static_cast<int>(std::ranges::count(scored, verdict, &ScoredImage::verdict));
}

nlohmann::ordered_json to_json(const std::vector<ScoredImage>& scored) {
    nlohmann::ordered_json results = nlohmann::ordered_json::array();
    for (const ScoredImage& s : scored) {
        results.push_back({{"name", s.name}, {"score", s.score}, {"p", s.p}, {"verdict", text(s.verdict)}});
        if (!s.features.empty()) results.back()["features"] = s.features;
    }
    return results;
}

void print_table(const std::vector<ScoredImage>& scored, AnomalyScore score) {
    std::size_t width = 5;
    for (const ScoredImage& s : scored) width = std::max(width, printable(s.name).size());
    print("{:<{}}  {:>11}  {:>8}  verdict\n", "image", width, text(score), "p");
    for (const ScoredImage& s : scored)
        print("{:<{}}  {:>11.5g}  {:>8.2g}  {}{}\n", s.name, width, s.score, s.p, text(s.verdict),
              s.features.empty() ? "" : "  " + s.features);
    print("\n");
}

/// name,score,p_value,verdict,features
std::string to_csv(const std::vector<ScoredImage>& scored) {
    std::string csv = "name,score,p_value,verdict,features\n";
    for (const ScoredImage& s : scored)
        csv += fmt::format("{},{},{},{},{}\n", csv_cell(s.name), s.score, s.p, text(s.verdict), csv_cell(s.features));
    return csv;
}

void name_features(std::vector<ScoredImage>& scored, AppliedModel& applied, const InputImages& images, int count) {
    if (count == 0) return;
    const FaultyFeatures features(applied.model, images, applied.network->reconstruct(images.pixels), count);
    for (std::size_t i = 0; i < scored.size(); ++i) scored[i].features = features.text(i);
}

void print_summary(const std::vector<ScoredImage>& scored, const AnomalyDetector& detector, AnomalyScore score) {
    const double share = 100.0 * count(scored, Verdict::anomalous) / static_cast<double>(scored.size());
    const int empty = count(scored, Verdict::nearly_no_ink);
    const bool has_ink = detector.rule().least_ink > 0;
    print("{} {}: {} normal, {} anomalous ({:.2f} %){}; {} above {:.5g} is anomalous\n", scored.size(),
          has_ink ? "images" : "rows", count(scored, Verdict::normal), count(scored, Verdict::anomalous), share,
          has_ink ? fmt::format(", {} with nearly no ink", empty) : "", text(score), detector.threshold(score));
}

/// |image − reconstruction|, pixel by pixel.
std::vector<float> error_maps(std::span<const float> images, std::span<const float> reconstructions) {
    std::vector<float> maps(images.size());
    std::ranges::transform(images, reconstructions, maps.begin(), [](float x, float y) { return std::abs(x - y); });
    return maps;
}

/// The images with the highest scores, their reconstructions and the differences.
void write_error_picture(const fs::path& path, Network& network, const InputImages& images,
                         const std::vector<ScoredImage>& scored) {
    std::vector<int> order(scored.size());
    std::iota(order.begin(), order.end(), 0);
    const auto by_score = [&](int i) { return -scored[static_cast<std::size_t>(i)].score; };
    std::ranges::stable_sort(order, {}, by_score);
    order.resize(std::min<std::size_t>(order.size(), kMostInPicture));
    const std::vector<float> shown = take_rows(as_rows(images.pixels, static_cast<int>(images.size().values())), order);
    const std::vector<float> back = network.reconstruct(shown);
    write_png(path, digit_grid(std::array{shown, back, error_maps(shown, back)}, images.size()));
}

/// The files of the error maps: NUMBER.png, or the name of the image's file.
std::vector<fs::path> error_files(const fs::path& folder, const InputImages& images) {
    std::vector<fs::path> files;
    for (int i = 0; i < images.count; ++i) {
        const fs::path name = images.names.empty() ? std::to_string(i) : images.names[static_cast<std::size_t>(i)];
        files.push_back(folder / (ending_of(name) == ".png" ? name : fs::path(name.string() + ".png")));
    }
    return files;
}

void write_error_files(const fs::path& folder, Network& network, const InputImages& images) {
    if (const int error = create_folders(folder)) throw output_error(folder, "cannot create the folder", error);
    const std::vector<float> maps = error_maps(images.pixels, network.reconstruct(images.pixels));
    const auto rows = as_rows(maps, static_cast<int>(images.size().values()));
    const std::vector<fs::path> files = error_files(folder, images);
    for (int i = 0; i < rows.rows; ++i) {
        const fs::path& file = files[static_cast<std::size_t>(i)];
        create_folders(file.parent_path());  // pictures of subfolders; write_images() reports what is wrong
        write_images(file, row_of(rows, i), images.size());
    }
}

/// A picture is asked for by its ending; a folder that does not exist yet is told from a wrong ending by a slash.
bool is_picture(const std::string& maps) {
    if (look_at(maps).kind == PathKind::folder || maps.ends_with('/')) return false;
    const std::string ending = ending_of(maps);
    if (!ending.empty() && ending != ".png")
        throw UsageError(
            fmt::format("{}: error maps are a .png or a folder; a folder of this name is written {}/", maps, maps));
    return ending == ".png";
}

}  // namespace

int anomaly_score_command(const Arguments& arguments) {
    std::string path, name, maps, csv;
    std::optional<int> top;
    bool json = false, quiet = false;
    InputArguments input;
    EngineArguments engine;
    CommandLine line("anomaly score",
                     "Score, p-value and verdict of every image. The p-value is the chance of so high a score for a "
                     "normal image.",
                     "ae_cuda anomaly score guard.safetensors my/pictures --error-maps maps.png");
    line.add_option("MODEL", path, "A model that anomaly fit has written").required();
    input.add_to(line);
    line.add_option("--score", name, "The score that gives the verdict (default: the one chosen in anomaly fit)")
        .check(one_of(anomaly_score_names()));
    line.add_option("--error-maps", maps,
                    "A .png: images of the highest scores, reconstructions and errors; or a folder: every error map");
    line.add_option("--csv", csv, "A table of them: name,score,p_value,verdict,features");
    line.add_option("--top", top,
                    "Name this number of columns with the largest shares of the squared error (default: 3 for numbers)")
        .check(between(0, 1000));
    line.add_flag("--json", json, "One JSON document");
    line.add_flag("-q,--quiet", quiet, "Only the summary");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    const ReadFiles read = ReadFiles().model(path).source(input.source.name);
    const bool as_picture = is_picture(maps);
    if (as_picture) check_output(maps, {".png"}, read);
    if (!csv.empty()) check_output(csv, {".csv"}, read);

    AppliedModel applied = apply_model(path, engine);
    ThreadPool pool(engine.threads);
    const AnomalyDetector detector = stored_detector(applied.model, path, pool);
    if (!maps.empty() && takes_numbers(applied.model)) refuse_numbers(applied.model, "--error-maps");
    const InputImages images = input.load(applied.model);
    if (!maps.empty() && !as_picture)
        for (const fs::path& file : error_files(maps, images)) read.refuse(file);
    const AnomalyScore score = name.empty() ? detector.rule().score : parse_anomaly_score(name);
    std::vector<ScoredImage> scored = judge(applied, detector, images, score, pool);
    name_features(scored, applied, images, top.value_or(images.are_numbers ? 3 : 0));
    if (!csv.empty()) write_file(csv, to_csv(scored));
    if (!csv.empty()) say("wrote {}", csv);
    if (as_picture) write_error_picture(maps, *applied.network, images, scored);
    if (!maps.empty() && !as_picture) write_error_files(maps, *applied.network, images);
    if (!maps.empty()) say("wrote {}", maps);
    if (!json) {
        if (!quiet) print_table(scored, score);
        print_summary(scored, detector, score);
        return 0;
    }
    const nlohmann::ordered_json document = {{"model", path},
                                             {"input", images.origin},
                                             {"images", images.count},
                                             {"score", text(score)},
                                             {"false_alarm_rate", detector.rule().false_alarm_rate},
                                             {"threshold", detector.threshold(score)},
                                             {"normal", count(scored, Verdict::normal)},
                                             {"anomalous", count(scored, Verdict::anomalous)},
                                             {"nearly_no_ink", count(scored, Verdict::nearly_no_ink)},
                                             {"results", to_json(scored)}};
    print_document(document);
    return 0;
}

}  // namespace ae
