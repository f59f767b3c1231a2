// ae_cuda eval: BCE, MSE, PSNR and SSIM of a model on a data set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "ae/metrics.h"
#include "base/average.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/print_document.h"

namespace ae {

int eval_command(const Arguments& arguments) {
    std::string path, split = "test";
    bool json = false;
    DataArguments data;
    EngineArguments engine;
    CommandLine line("eval", "Measures a model on the images of a data set.", "ae_cuda eval runs/first --json");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_option("--split", split, "test or train").check(one_of({"test", "train"}));
    line.add_flag("--json", json, "One JSON document");
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;

    const AppliedModel applied = apply_model(path, engine);
    const Dataset dataset = data.load();
    const Images& images = choose_split(dataset, split);
    check_fits(applied.model, images, dataset.origin);

    const std::vector<float> originals = images.floats(0, images.count);
    const Scores scores = applied.network->score(originals);
    const double bce = average(scores.bce), mse = average(scores.mse), floor = entropy_floor(images);
    const std::optional<double> similarity =
        ssim(originals, applied.network->reconstruct(originals), images.width, images.height);
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"data", dataset.name},
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
    print("{}: {} {} images of {}\n", path, images.count, split, dataset.name);
    print("BCE    {:.4f}     nats a pixel; {:.4f} above the floor {:.4f}, the entropy of the pixels\n", bce,
          bce - floor, floor);
    print("MSE    {:.5f}\nPSNR   {:.2f} dB\n", mse, psnr(mse));
    if (similarity) print("SSIM   {:.3f}\n", *similarity);
    return 0;
}

}  // namespace ae
