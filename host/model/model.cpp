#include "ae/model.h"

#include <fmt/format.h>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "model/foreign_names.h"
#include "model/parameter_tensors.h"
#include "model/provenance.h"
#include "model/scale_tensors.h"

namespace ae {

namespace {

/// A file without our version was made by another program; with a checksum it is ours, whatever else is damaged.
Settings settings_of(const TensorFile& file, const std::string& name) {
    const bool is_ours = file.metadata.contains("ae_cuda_version");
    if (is_ours || file.metadata.contains("crc32")) check_seal(file, name);
    if (is_ours) return described_settings(file.metadata, name);
    Settings settings;
    settings.shape = shape_of_tensors(file, name);
    return settings;
}

std::map<std::string, ModelArray> take_arrays(TensorFile& file, const std::string& name) {
    std::map<std::string, ModelArray> arrays;
    for (const auto& [tensor_name, tensor] : file.tensors)
        if (tensor_name.starts_with(kArrayPrefix)) arrays[tensor_name].shape = tensor.shape;
    for (auto& [array_name, array] : arrays) array.values = take_floats(file, array_name, name);
    return arrays;
}

/// The weights of a run that was stopped, or goes on; of the metadata what a model has too.
Model model_of_checkpoint(const std::filesystem::path& path) {
    Checkpoint checkpoint = load_checkpoint(path);
    Model model{checkpoint.settings, std::move(checkpoint.state.parameters), std::move(checkpoint.metadata)};
    model.scale = std::move(checkpoint.scale);
    for (const char* key : {"checkpoint_version", "history", "plan", "best_epoch", "crc32"}) model.metadata.erase(key);
    model.metadata["step"] = std::to_string(checkpoint.state.step);
    if (!checkpoint.state.losses.empty())  // in the middle of an epoch: the last one's figures are of other weights
        for (const char* key : {"epochs", "val_loss", "val_mse"}) model.metadata.erase(key);
    return model;
}

}  // namespace

void save_model(const std::filesystem::path& path, const Model& model) {
    TensorFile file{model.metadata, {}};
    describe(file.metadata, model.settings);
    add_parameters(file, model.settings.shape, "", model.parameters);
    add_scale(file, model.scale);
    for (const auto& [name, array] : model.arrays) file.tensors[name] = tensor_of(array.values, array.shape);
    seal(file);
    write_safetensors(path, file);
}

Model load_model(const std::filesystem::path& path) {
    const std::string name = path.string();
    TensorFile file = read_safetensors(path);
    if (file.metadata.contains("checkpoint_version")) return model_of_checkpoint(path);
    if (!file.metadata.contains("ae_cuda_version") && !file.metadata.contains("crc32")) strip_foreign_names(file);
    Model model{settings_of(file, name), {}, {}};
    model.parameters = take_parameters(file, model.settings.shape, "", name);
    model.scale = take_scale(file, model.settings, name);
    model.arrays = take_arrays(file, name);
    check_nothing_left(file, model.settings.shape, name);
    model.metadata = std::move(file.metadata);
    return model;
}

}  // namespace ae
