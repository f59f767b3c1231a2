// The trained model that a command uses.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/model.h"
#include "ae/network.h"
#include "command/engine_arguments.h"
#include "data/image_input.h"

namespace ae {

/// A model and its network.
struct AppliedModel {
    Model model;
    std::unique_ptr<Network> network;
};

/// MODEL on the command line: a .safetensors file, or a run folder's model; if the run was stopped before it had
/// one, the checkpoint, whose weights serve as well.
std::filesystem::path model_file(const std::filesystem::path& path);

/// Says on stderr what is assumed of a model whose file does not say it: another program wrote the file.
void say_assumptions(const Model& model, const std::filesystem::path& path);

/// Throws ModelError. Says what it assumes.
AppliedModel apply_model(const std::filesystem::path& path, const EngineArguments& arguments);

/// Throws as make_network() does. With arguments.group all of its ranks apply the model.
AppliedModel apply_model(Model model, const EngineArguments& arguments);

/// The members of the ensemble in a folder that `train --models` has written; of any other path the one model. Throws
/// UsageError where its models have not one shape and one scale, or were not trained on the same images.
std::vector<AppliedModel> apply_members(const std::filesystem::path& path, const EngineArguments& arguments);

std::vector<Network*> networks_of(const std::vector<AppliedModel>& members);

/// The images that the model takes, with their size if its file tells it.
WantedImages wanted_images(const Model& model);

/// Throws UsageError unless the model was trained on pixels with bce, as the command needs it.
void refuse_numbers(const Model& model, const std::string& command);

/// "28x28". Throws UsageError.
ImageSize parse_image_size(const std::string& text);

}  // namespace ae
