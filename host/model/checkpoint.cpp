#include "ae/checkpoint.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "ae/error.h"
#include "model/parameter_tensors.h"
#include "model/provenance.h"
#include "model/settings_fields.h"

namespace ae {

namespace {

using nlohmann::json;

constexpr int kVersionOfFormat = 1;
constexpr const char* kVersionKey = "checkpoint_version";

json history_json(const History& history) {
    json rows = json::array();
    for (const EpochRecord& e : history)
        rows.push_back({{"epoch", e.epoch},
                        {"loss", e.loss},
                        {"val_loss", e.val_loss},
                        {"val_mse", e.val_mse},
                        {"seconds", e.seconds},
                        {"images_per_s", e.images_per_s}});
    return rows;
}

/// JSON has no NaN and no infinity; null stands for both.
double number(const json& row, const char* key) {
    const json& value = row.at(key);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

History history_from(const Metadata& metadata, const std::string& name) {
    const json rows = metadata_json(metadata, "history", name);
    try {
        History history;
        for (const json& row : rows)
            history.push_back({.epoch = row.at("epoch").get<int>(),
                               .loss = number(row, "loss"),
                               .val_loss = number(row, "val_loss"),
                               .val_mse = number(row, "val_mse"),
                               .seconds = number(row, "seconds"),
                               .images_per_s = number(row, "images_per_s")});
        return history;
    } catch (const json::exception&) {
        throw ModelError(fmt::format("{}: the history in its metadata is not one of epochs", name));
    }
}

void check_version(const Metadata& metadata, const std::string& name) {
    const auto at = metadata.find(kVersionKey);
    if (at == metadata.end())
        throw ModelError(
            fmt::format("{}: is not a checkpoint (a model cannot be resumed); expected the file "
                        "checkpoint.safetensors of a run",
                        name));
    int version = 0;
    const std::string& text = at->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc() || end != text.data() + text.size() || version < 1)
        throw ModelError(fmt::format("{}: its checkpoint version is not a number; it is damaged", name));
    if (version > kVersionOfFormat)
        throw ModelError(
            fmt::format("{}: a checkpoint of version {}, this ae_cuda reads up to {}; a newer one wrote it", name,
                        version, kVersionOfFormat));
}

Tensor take(TensorFile& file, const std::string& tensor_name, Dtype dtype, std::size_t rank, const std::string& name) {
    const auto node = file.tensors.extract(tensor_name);
    if (node.empty() || node.mapped().dtype != dtype || node.mapped().shape.size() != rank)
        throw ModelError(
            fmt::format("{}: has no tensor {} of {} and {} dimensions", name, tensor_name, dtype_name(dtype), rank));
    return node.mapped();
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
    const Shape& shape = checkpoint.settings.shape;
    const State& state = checkpoint.state;
    TensorFile file{checkpoint.metadata, {}};
    describe(file.metadata, checkpoint.settings);
    file.metadata[kVersionKey] = fmt::to_string(kVersionOfFormat);
    file.metadata["history"] = history_json(checkpoint.history).dump();
    add_parameters(file, shape, "", state.parameters);
    add_parameters(file, shape, "adam.m.", state.m);
    add_parameters(file, shape, "adam.v.", state.v);
    file.tensors["losses"] = tensor_of(state.losses, {state.losses.size()});
    file.tensors["step"] = tensor_of(static_cast<std::int64_t>(state.step));
    seal(file);
    write_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
    const std::string name = path.string();
    TensorFile file = read_safetensors(path);
    check_version(file.metadata, name);
    check_seal(file, name);
    Checkpoint c{described_settings(file.metadata, name), {}, history_from(file.metadata, name), {}};
    std::memcpy(&c.state.step, take(file, "step", Dtype::i64, 0, name).bytes.data(), sizeof c.state.step);
    const Tensor losses = take(file, "losses", Dtype::f32, 1, name);
    c.state.losses.resize(losses.shape[0]);
    if (!c.state.losses.empty()) std::memcpy(c.state.losses.data(), losses.bytes.data(), losses.bytes.size());
    c.state.parameters = take_parameters(file, c.settings.shape, "", name);
    c.state.m = take_parameters(file, c.settings.shape, "adam.m.", name);
    c.state.v = take_parameters(file, c.settings.shape, "adam.v.", name);
    c.metadata = std::move(file.metadata);
    return c;
}

std::vector<std::string> differences(const Settings& checkpoint, const Settings& asked) {
    std::vector<std::string> lines;
    for_each_setting([&](const SettingName& name, auto get) {
        const auto was = file_value(get(checkpoint)), is = file_value(get(asked));
        if (was != is) lines.push_back(fmt::format("{}: {} in the checkpoint, {} asked for", name.words, was, is));
    });
    return lines;
}

}  // namespace ae
