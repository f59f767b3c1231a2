#include "command/loaded_model.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "base/terminal.h"
#include "engine/names.h"

namespace ae {

std::filesystem::path model_file(const std::filesystem::path& path) {
    return std::filesystem::is_directory(path) ? path / "model.safetensors" : path;
}

void say_assumptions(const Model& model, const std::filesystem::path& path) {
    if (model.metadata.contains("ae_cuda_version")) return;
    say("{}: does not say its activations; {} is assumed, of the code {}; ae_cuda import makes a model with others",
        path.string(), text(model.settings.activation), text(model.settings.code_activation));
}

AppliedModel apply_model(const std::filesystem::path& path, const EngineArguments& arguments) {
    Model model = load_model(model_file(path));
    say_assumptions(model, path);
    auto network = make_network(arguments.engine, model, arguments.options());
    return {std::move(model), std::move(network)};
}

const Images& choose_split(const Dataset& data, const std::string& split) {
    return split == "train" ? data.train : data.test;
}

void check_fits(const Model& model, const Images& images, const std::string& origin) {
    if (images.pixels_per_image() != model.settings.shape.pixels())
        throw UsageError(fmt::format("{}: images of {} × {} pixels; the model ({}) takes {} pixels", origin,
                                     images.height, images.width, model.settings.shape.text(),
                                     model.settings.shape.pixels()));
}

}  // namespace ae
