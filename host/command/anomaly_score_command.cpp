// ae_cuda anomaly score: a verdict on every image.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>
#include <optional>

#include "ae/error.h"
#include "base/rows.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/faulty_features.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/scored_images.h"
#include "data/image_output.h"
#include "data/image_selection.h"
#include "file/atomic_file.h"
#include "file/paths.h"
#include "model/model_images.h"
#include "show/error_map.h"
#include "show/result_pictures.h"
#include "use/stored_detector.h"

namespace ae {

namespace {

namespace fs = std::filesystem;

constexpr int kMostInPicture = 20;

/// The mean of what the members make of the images.
std::vector<float> reconstruct(const std::vector<AppliedModel>& members, std::span<const float> pixels) {
    std::vector<float> mean = members.front().network->reconstruct(pixels);
    if (members.size() == 1) return mean;
    for (const AppliedModel& member : std::span(members).subspan(1))
        std::ranges::transform(mean, member.network->reconstruct(pixels), mean.begin(), std::plus());
    for (float& value : mean) value /= static_cast<float>(members.size());
    return mean;
}

/// The images with the highest scores, their reconstructions and the signed differences.
void write_error_picture(const fs::path& path, const std::vector<AppliedModel>& members, const ImageStream& images,
                         const Scored& scored) {
    std::vector<int> order(scored.results.size());
    std::iota(order.begin(), order.end(), 0);
    const auto by_score = [&](int i) { return -scored.results[static_cast<std::size_t>(i)].score; };
    std::ranges::stable_sort(order, {}, by_score);
    order.resize(std::min<std::size_t>(order.size(), kMostInPicture));
    std::vector<float> shown;
    std::vector<std::string> captions;
    for (const int i : order) {
        const std::vector<float> image = images.read(i, 1);
        shown.insert(shown.end(), image.begin(), image.end());
        const auto at = static_cast<std::size_t>(i);
        captions.push_back(fmt::format("{:.4g}\n{}", scored.results[at].score, scored.name(at)));
    }
    const std::vector<float> back = reconstruct(members, shown);
    write_png(path, anomaly_picture(shown, back, std::move(captions), images.facts().size));
}

/// The file of an image's error map: NUMBER.png, or the name of the image's file.
fs::path error_file(const fs::path& folder, const ImageFacts& images, int i) {
    const fs::path name = images.names.empty() ? std::to_string(i) : images.names[static_cast<std::size_t>(i)];
    return folder / (ending_of(name) == ".png" ? name : fs::path(name.string() + ".png"));
}

void write_error_files(const fs::path& folder, const std::vector<AppliedModel>& members, const ImageStream& images) {
    if (const int error = create_folders(folder)) throw output_error(folder, "cannot create the folder", error);
    const ImageSize size = images.facts().size;
    for_chunks(images, "error maps", [&](int first, std::span<const float> pixels) {
        const std::vector<float> errors = signed_errors(pixels, reconstruct(members, pixels));
        const auto rows = as_rows(errors, images.cols());
        for (int i = 0; i < rows.rows; ++i) {
            const fs::path file = error_file(folder, images.facts(), first + i);
            create_folders(file.parent_path());  // pictures of subfolders; write_images() reports what is wrong
            write_images(file, error_colours(row_of(rows, i), size), {size.width, size.height, 3});
        }
    });
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

int anomaly_score_command(const Arguments& arguments, Group* ranks) {
    std::string path, name, maps, csv;
    std::optional<int> top;
    bool json = false, quiet = false;
    InputArguments input;
    EngineArguments engine{.group = ranks};
    CommandLine line("anomaly score",
                     "Score, p-value and verdict of every image. The p-value is the chance of so high a score for a "
                     "normal image. An ensemble's score is the mean of its models', with their spread, and the share "
                     "of them that call the image anomalous.",
                     "ae_cuda anomaly score guard.safetensors my/pictures --error-maps maps.png");
    line.add_option("MODEL", path, "A model that anomaly fit has written").required();
    input.add_to(line);
    line.add_option("--score", name, "The score that gives the verdict (default: the one chosen in anomaly fit)")
        .check(one_of(anomaly_score_names()));
    line.add_option(
        "--error-maps", maps,
        "A .png: images of the highest scores, reconstructions and errors; or a folder: every error map. Blue is "
        "missing, orange invented");
    line.add_flag("--json", json, "One JSON document");
    line.add_option("--csv", csv,
                    "A table of them: name, score, p_value, verdict, features (an ensemble: and spread, share); -: on "
                    "stdout, and nothing "
                    "else");
    line.add_option("--top", top,
                    "Name this number of columns with the largest shares of the squared error (default: 3 for numbers)")
        .check(between(0, 1000));
    line.add_flag("-q,--quiet", quiet, "Only the summary");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    const bool csv_on_stdout = is_standard_output(csv);
    check_apart(json ? "--json" : "", csv, "table", "--csv");
    const ReadFiles read = ReadFiles().model(path).source(input.source.name);
    const bool as_picture = is_picture(maps);
    if (as_picture) check_output(maps, {".png"}, read);
    if (!csv.empty() && !csv_on_stdout) check_output(csv, {".csv"}, read);

    std::vector<AppliedModel> members;
    members.push_back(apply_model(path, engine));
    ThreadPool pool(engine.threads);
    StoredDetector stored = stored_detector(members.front().model, path, pool);
    const EnsembleDetector& detector = stored.detector;
    for (Model& other : stored.others) members.push_back(apply_model(std::move(other), engine));
    const Model& model = members.front().model;
    if (!maps.empty() && takes_numbers(model)) refuse_numbers(model, "--error-maps");
    const ImageStreamPtr images = input.open(model);
    const bool as_files = !maps.empty() && !as_picture;
    for (int i = 0; as_files && i < images->rows(); ++i) read.refuse(error_file(maps, images->facts(), i));
    Scored scored{images->facts(), detector, name.empty() ? detector.rule().score : parse_anomaly_score(name)};
    say_if_unsuited(scored.score, images->facts().are_numbers);
    const FaultyFeatures features(model, images->facts(), top.value_or(images->facts().are_numbers ? 3 : 0));
    const std::vector<Network*> networks = networks_of(members);
    for_chunks(*images, "score", [&](int, std::span<const float> pixels) {
        const ImageBatch batch{pixels, scored.images.size, scored.images.are_numbers};
        const std::vector<EnsembleVerdict> verdicts = detector.judge(networks, batch, scored.score, pool);
        scored.results.insert(scored.results.end(), verdicts.begin(), verdicts.end());
        if (features.count() == 0) return;
        const std::vector<std::string> texts = features.texts(pixels, reconstruct(members, pixels));
        scored.features.insert(scored.features.end(), texts.begin(), texts.end());
    });
    if (as_picture) write_error_picture(maps, members, *images, scored);
    if (as_files) write_error_files(maps, members, *images);
    if (!maps.empty()) say("wrote {}", maps);
    if (!csv.empty()) write_csv(csv, scored);
    if (csv_on_stdout) return 0;
    if (!csv.empty()) say("wrote {}", csv);
    if (json) return print_json(scored, path), 0;
    if (!quiet) print_table(scored);
    print_summary(scored);
    return 0;
}

}  // namespace ae
