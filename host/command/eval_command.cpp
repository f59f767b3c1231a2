// ae_cuda eval: BCE, MSE, PSNR and SSIM of a model on a data set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "ae/metrics.h"
#include "base/average.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/own_data.h"
#include "command/print_document.h"

namespace ae {

namespace {

const Images& part_of(const OwnData& data, const std::string& split) {
    return split == "train" ? data.trained_on() : split == "val" ? data.validation() : data.test();
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
    const OwnData dataset = data.load(applied.model, path);
    const Images& images = part_of(dataset, split);

    const std::vector<float> originals = images.floats(0, images.count);
    const Scores scores = applied.network->score(originals);
    const double bce = average(scores.bce), mse = average(scores.mse), floor = entropy_floor(images);
    const std::optional<double> similarity =
        ssim(originals, applied.network->reconstruct(originals), images.width, images.height, 0, images.channels);
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"data", dataset.name()},
                                                 {"split", split},
                                                 {"images", images.count},
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
    print("{}: {} {} images of {}\n", path, images.count, split, dataset.name());
    print("BCE    {:.4f}     nats a pixel; {:.4f} above the floor {:.4f}, the entropy of the pixels\n", bce,
          bce - floor, floor);
    print("MSE    {:.5f}\nPSNR   {:.2f} dB\n", mse, psnr(mse));
    if (similarity) print("SSIM   {:.3f}\n", *similarity);
    return 0;
}

}  // namespace ae
