#include "command/loaded_model.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "base/terminal.h"
#include "base/text.h"
#include "data/image_check.h"
#include "engine/names.h"
#include "file/paths.h"
#include "model/model_images.h"

namespace ae {

std::filesystem::path model_file(const std::filesystem::path& path) {
    if (!is_folder(path)) return path;
    const std::filesystem::path model = path / "model.safetensors", checkpoint = path / "checkpoint.safetensors";
    return !is_file(model) && is_file(checkpoint) ? checkpoint : model;
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

WantedImages wanted_images(const Model& model) {
    const std::optional<ImageSize> size = image_size(model);
    WantedImages wanted = size ? WantedImages(*size) : WantedImages(model.settings.shape.pixels());
    wanted.any_number = takes_numbers(model) && model.settings.loss == Loss::mse;
    return wanted;
}

void refuse_numbers(const Model& model, const std::string& command) {
    if (takes_numbers(model) || model.settings.loss != Loss::bce)
        throw UsageError(fmt::format("{}: is for pixels; the model was trained on {} with the loss {}", command,
                                     takes_numbers(model) ? "numbers" : "pixels", text(model.settings.loss)));
}

ImageSize parse_image_size(const std::string& text) {
    const auto size = two_numbers(text);
    if (!size) throw UsageError(fmt::format("--size: '{}' is not HEIGHTxWIDTH, as 28x28 is", text));
    return {size->second, size->first};
}

void check_fits(const Model& model, const Images& images, const std::string& origin) {
    const std::optional<ImageSize> size = image_size(model);
    if (images.pixels_per_image() != model.settings.shape.pixels() || (size && size->height != images.height))
        throw UsageError(fmt::format("{}: images of {} pixels; the model ({}) takes {}", origin, text(size_of(images)),
                                     model.settings.shape.text(),
                                     size ? text(*size) : fmt::format("{} pixels", model.settings.shape.pixels())));
}

}  // namespace ae
