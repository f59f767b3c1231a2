#include "command/loaded_model.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "base/facts.h"
#include "base/terminal.h"
#include "base/text.h"
#include "command/chunks.h"
#include "command/shared_network.h"
#include "data/data_selection.h"
#include "data/image_check.h"
#include "engine/names.h"
#include "file/paths.h"
#include "model/model_images.h"
#include "train/busy_line.h"
#include "train/sweep_folder.h"

namespace ae {

namespace {

namespace fs = std::filesystem;

/// Facts of which all members of an ensemble have the same.
std::vector<std::pair<std::string, std::string>> shared_facts(const Model& model) {
    std::vector<std::pair<std::string, std::string>> facts{{"layers", model.settings.shape.text()}};
    for (const char* name : {"data_sha256", "data_rest_sha256", "digits", "exclude", "val"})
        facts.emplace_back(name, fact_of(model.metadata, name));
    return facts;
}

void check_alike(const Model& first, const Model& other, const fs::path& path) {
    const auto own = shared_facts(first), its = shared_facts(other);
    for (std::size_t i = 0; i < own.size(); ++i)
        if (own[i] != its[i])
            throw UsageError(
                fmt::format("{}: {} is '{}', and '{}' of the first model; the members of an ensemble have "
                            "one network and one data set",
                            path.string(), own[i].first, its[i].second, own[i].second));
    const auto held_out = DataSelection::of(first.metadata).held_out();
    const bool are_by_seed = held_out && !held_out->seed && first.settings.seed != other.settings.seed;
    if (are_by_seed || first.scale != other.scale)
        throw UsageError(fmt::format(
            "{}: held out other images than the first model; train --models N, or sweep --same-split, holds out the "
            "same for all",
            path.string()));
}

}  // namespace

std::filesystem::path model_file(const std::filesystem::path& path) {
    if (!is_folder(path)) return path;
    const std::filesystem::path model = path / "model.safetensors", checkpoint = path / "checkpoint.safetensors";
    if (SweepFolder::is_one(path)) {
        const std::vector<fs::path> runs = SweepFolder::kept_runs(path);
        throw UsageError(
            fmt::format("{}: is the folder of several models; {}", path.string(),
                        runs.empty() ? "none was kept" : "name one of them, such as " + runs.front().string()));
    }
    return !is_file(model) && is_file(checkpoint) ? checkpoint : model;
}

void say_assumptions(const Model& model, const std::filesystem::path& path) {
    if (model.metadata.contains("ae_cuda_version")) return;
    say("{}: does not say its activations; {} is assumed, of the code {}; ae_cuda import makes a model with others",
        path.string(), text(model.settings.activation), text(model.settings.code_activation));
}

AppliedModel apply_model(const std::filesystem::path& path, const EngineArguments& arguments) {
    Model model = [&] {
        const BusyLine loading(ProgressMode::automatic, "loading", silence());
        return load_model(model_file(path));
    }();
    say_assumptions(model, path);
    return apply_model(std::move(model), arguments);
}

AppliedModel apply_model(Model model, const EngineArguments& arguments) {
    auto network = (arguments.group ? share_network : make_network)(arguments.engine, model, arguments.options());
    return {std::move(model), std::move(network)};
}

std::vector<AppliedModel> apply_members(const std::filesystem::path& path, const EngineArguments& arguments) {
    std::vector<AppliedModel> members;
    if (!is_folder(path) || !SweepFolder::is_one(path)) {
        members.push_back(apply_model(path, arguments));
        return members;
    }
    const std::vector<fs::path> runs = SweepFolder::kept_runs(path);
    if (runs.empty())
        throw UsageError(
            fmt::format("{}: keeps no models; train --models N, or sweep --keep all, does", path.string()));
    for (const fs::path& member : runs) {
        members.push_back(apply_model(member, arguments));
        check_alike(members.front().model, members.back().model, member);
    }
    return members;
}

std::vector<Network*> networks_of(const std::vector<AppliedModel>& members) {
    std::vector<Network*> networks;
    for (const AppliedModel& member : members) networks.push_back(member.network.get());
    return networks;
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

}  // namespace ae
