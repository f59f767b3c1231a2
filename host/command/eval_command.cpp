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

namespace ae {

namespace {

const ImageStream& part_of(const OwnStreams& data, const std::string& split) {
    return *(split == "train" ? data.trained_on : split == "val" ? data.validation : data.test);
}

struct Measures {
    double bce = 0, mse = 0, floor = 0;
    std::optional<double> ssim;  ///< none for images smaller than its window
};

Measures measure(Network& network, const ImageStream& images) {
    const ImageSize size = images.facts().size;
    Scores all;
    std::vector<double> similarities;
    PixelEntropy entropy;
    for_chunks(images, "eval", [&](int, std::span<const float> pixels) {
        const Scores scores = network.score(pixels);
        all.bce.insert(all.bce.end(), scores.bce.begin(), scores.bce.end());
        all.mse.insert(all.mse.end(), scores.mse.begin(), scores.mse.end());
        const std::vector<double> each =
            ssim_of_images(pixels, network.reconstruct(pixels), size.width, size.height, 0, size.channels);
        similarities.insert(similarities.end(), each.begin(), each.end());
        entropy.add(pixels);
    });
    return {average(all.bce), average(all.mse), entropy.mean(),
            similarities.empty() ? std::nullopt : std::optional(average(similarities))};
}

}  // namespace

int eval_command(const Arguments& arguments) {
    std::string path, split = "test";
    bool json = false;
    OwnDataArguments data;
    EngineArguments engine;
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
    const OwnStreams dataset = data.open(applied.model, path);
    const ImageStream& images = part_of(dataset, split);
    const auto [bce, mse, floor, similarity] = measure(*applied.network, images);
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"data", dataset.name},
                                                 {"split", split},
                                                 {"images", images.rows()},
                                                 {"bce", bce},
                                                 {"floor", floor},
                                                 {"kl", bce - floor},
                                                 {"mse", mse},
                                                 {"psnr", psnr(mse)},
                                                 {"ssim", similarity ? nlohmann::json(*similarity) : nlohmann::json()},
                                                 {"engine", applied.network->name()}};
        print_document(document);
        return 0;
    }
    print("{}: {} {} images of {}\n", path, images.rows(), split, dataset.name);
    print("BCE    {:.4f}     nats a pixel; {:.4f} above the floor {:.4f}, the entropy of the pixels\n", bce,
          bce - floor, floor);
    print("MSE    {:.5f}\nPSNR   {:.2f} dB\n", mse, psnr(mse));
    if (similarity) print("SSIM   {:.3f}\n", *similarity);
    return 0;
}

}  // namespace ae
