#include "ae/checkpoint.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "ae/error.h"
#include "model/history_tensor.h"
#include "model/parameter_tensors.h"
#include "model/provenance.h"
#include "model/scale_tensors.h"
#include "model/settings_fields.h"

namespace ae {

namespace {

constexpr int kVersionOfFormat = 2;  // 1 had its history in the metadata
constexpr const char* kVersionKey = "checkpoint_version";

/// What --epochs allows, times as many steps an epoch as there can be images.
constexpr std::int64_t kMostSteps = std::int64_t(1'000'000) << 31;

int version_of(const Metadata& metadata, const std::string& name) {
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
    return version;
}

Tensor take(TensorFile& file, const std::string& tensor_name, Dtype dtype, std::size_t rank, const std::string& name) {
    const auto node = file.tensors.extract(tensor_name);
    if (node.empty() || node.mapped().dtype != dtype || node.mapped().shape.size() != rank)
        throw ModelError(
            fmt::format("{}: has no tensor {} of {} and {} dimensions", name, tensor_name, dtype_name(dtype), rank));
    return node.mapped();
}

std::uint64_t take_step(TensorFile& file, const std::string& name) {
    std::int64_t step = 0;
    std::memcpy(&step, take(file, "step", Dtype::i64, 0, name).bytes.data(), sizeof step);
    if (step < 0 || step > kMostSteps)
        throw ModelError(
            fmt::format("{}: claims to be at step {}, which no training reaches; it is damaged", name, step));
    return static_cast<std::uint64_t>(step);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
    const Shape& shape = checkpoint.settings.shape;
    const State& state = checkpoint.state;
    TensorFile file{checkpoint.metadata, {}};
    describe(file.metadata, checkpoint.settings);
    file.metadata[kVersionKey] = fmt::to_string(kVersionOfFormat);
    file.metadata.erase("history");  // of a checkpoint of version 1
    add_parameters(file, shape, "", state.parameters);
    add_parameters(file, shape, "adam.m.", state.m);
    add_parameters(file, shape, "adam.v.", state.v);
    add_scale(file, checkpoint.scale);
    file.tensors["losses"] = tensor_of(state.losses, {state.losses.size()});
    file.tensors["history"] = history_tensor(checkpoint.history);
    file.tensors["step"] = tensor_of(static_cast<std::int64_t>(state.step));
    seal(file);
    write_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
    const std::string name = path.string();
    TensorFile file = read_safetensors(path);
    const int version = version_of(file.metadata, name);
    check_seal(file, name);
    Checkpoint c{described_settings(file.metadata, name), {}, {}, {}};
    c.history =
        version == 1 ? history_of(file.metadata, name) : history_of(take(file, "history", Dtype::f64, 2, name), name);
    c.state.step = take_step(file, name);
    const Tensor losses = take(file, "losses", Dtype::f32, 1, name);
    c.state.losses.resize(losses.shape[0]);
    if (!c.state.losses.empty()) std::memcpy(c.state.losses.data(), losses.bytes.data(), losses.bytes.size());
    c.state.parameters = take_parameters(file, c.settings.shape, "", name);
    c.state.m = take_parameters(file, c.settings.shape, "adam.m.", name);
    c.state.v = take_parameters(file, c.settings.shape, "adam.v.", name);
    c.scale = take_scale(file, c.settings, name);
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
