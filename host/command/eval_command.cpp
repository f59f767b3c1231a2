// ae_cuda eval: BCE, MSE, PSNR and SSIM of a model on a data set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "ae/metrics.h"
#include "base/average.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "data/pixel_entropy.h"
#include "engine/names.h"

namespace ae {

namespace {

const ImageStream& part_of(const OwnData& data, const std::string& split) {
    return *(split == "train" ? data.trained_on : split == "val" ? data.validation : data.test);
}

/// What is measured; the loss of a network that is trained with mse is its mse, and numbers are no pictures.
struct Quality {
    double mse = 0;
    std::optional<double> bce = {};
    std::optional<double> ssim = {};   ///< none for images smaller than its window
    std::optional<double> floor = {};  ///< of the BCE
};

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& part) {
    to.insert(to.end(), part.begin(), part.end());
}

Quality measure(const AppliedModel& applied, const ImageStream& images) {
    const ImageSize size = images.facts().size;
    const bool are_numbers = images.facts().are_numbers, has_bce = applied.model.settings.loss == Loss::bce;
    Scores all;
    std::vector<double> similarities;
    PixelEntropy entropy;
    for_chunks(images, "eval", [&](int, std::span<const float> pixels) {
        const Scores scores = applied.network->score(pixels);
        append(all.mse, scores.mse);
        if (has_bce) append(all.bce, scores.bce);
        if (are_numbers) return;
        append(similarities,
               ssim_of_images(pixels, applied.network->reconstruct(pixels), size.width, size.height, 0, size.channels));
        entropy.add(pixels);
    });
    Quality q{.mse = average(all.mse)};
    if (has_bce) q.bce = average(all.bce);
    if (!are_numbers) q.floor = entropy.mean();
    if (!similarities.empty()) q.ssim = average(similarities);
    return q;
}

nlohmann::ordered_json to_json(const Quality& q, bool are_numbers) {
    nlohmann::ordered_json document;
    if (q.bce) document["bce"] = *q.bce;
    if (q.bce && q.floor) document["floor"] = *q.floor, document["kl"] = *q.bce - *q.floor;
    document["mse"] = q.mse;
    if (are_numbers) return document;
    document["psnr"] = psnr(q.mse);
    document["ssim"] = q.ssim ? nlohmann::json(*q.ssim) : nlohmann::json();
    return document;
}

void print_quality(const Quality& q, const Settings& settings, bool are_numbers) {
    if (q.bce && q.floor)
        print("BCE    {:.4f}     nats a pixel; {:.4f} above the floor {:.4f}, the entropy of the pixels\n", *q.bce,
              *q.bce - *q.floor, *q.floor);
    else if (q.bce)
        print("BCE    {:.4f}     nats a value\n", *q.bce);
    if (are_numbers) {
        print("MSE    {:.5f}    mean over the columns, {}\n", q.mse,
              settings.scaling == Scaling::none ? "in their own units"
                                                : fmt::format("each by its scale ({})", text(settings.scaling)));
        return;
    }
    print("MSE    {:.5f}\nPSNR   {:.2f} dB\n", q.mse, psnr(q.mse));
    if (q.ssim) print("SSIM   {:.3f}\n", *q.ssim);
}

}  // namespace

int eval_command(const Arguments& arguments, Group* ranks) {
    std::string path, split = "test";
    bool json = false;
    OwnDataArguments data;
    EngineArguments engine{.group = ranks};
    CommandLine line("eval", "Measures a model on images of the data set that it was trained on, or of another one.",
                     "ae_cuda eval runs/first --json");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_option("--split", split,
                    "test; train: those that it was trained on; val: those that training validated on")
        .check(one_of({"test", "train", "val"}));
    line.add_flag("--json", json, "One JSON document");
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;

    const AppliedModel applied = apply_model(path, engine);
    const OwnData dataset = data.open(applied.model, path);
    const ImageStream& images = part_of(dataset, split);
    const bool are_numbers = images.facts().are_numbers;
    const Quality q = measure(applied, images);
    if (json) {
        nlohmann::ordered_json document = {
            {"model", path}, {"data", dataset.name()}, {"split", split}, {"images", images.rows()}};
        document.update(to_json(q, are_numbers));
        document["engine"] = applied.network->name();
        print_document(document);
        return 0;
    }
    print("{}: {} {} {} of {}\n", path, images.rows(), split, are_numbers ? "rows" : "images", dataset.name());
    print_quality(q, applied.model.settings, are_numbers);
    return 0;
}

}  // namespace ae
