#include "show/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "ae/model.h"
#include "engine/layer_activation.h"
#include "engine/names.h"
#include "model/model_images.h"
#include "model/model_part.h"
#include "model/parameter_tensors.h"
#include "model/provenance.h"

namespace ae {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Writing a document takes a stack as deep as its nesting, which a file must not choose: no deeper than these are
/// many.
bool is_shallow(const std::string& text) {
    constexpr int kMost = 1000;
    return std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; }) <= kMost;
}

/// A hash of digits alone, too long for a number, stays a text.
ordered_json value_of(const std::string& text) {
    if (!is_shallow(text)) return text;
    ordered_json value = ordered_json::parse(text, nullptr, false);
    const bool is_number = value.is_number() && text.size() < 20;
    return value.is_structured() || is_number ? value : ordered_json(text);
}

/// Adds a key that the object does not have yet. Its operator[] would look through all keys for it: a file of many
/// keys would take a time that grows with their square.
void append(ordered_json& object, const std::string& key, ordered_json value) {
    object.get_ref<ordered_json::object_t&>().push_back({key, std::move(value)});
}

/// Metadata, taken out key by key; what nobody took is shown as it is.
class Facts {
public:
    explicit Facts(Metadata metadata) : metadata_(std::move(metadata)) {}

    /// Those of `keys` that are there, under the names beside them; JSON as JSON.
    ordered_json take(std::initializer_list<std::pair<const char*, const char*>> keys) {
        ordered_json facts = ordered_json::object();
        for (const auto& [key, name] : keys)
            if (const auto node = metadata_.extract(key)) facts[name] = value_of(node.mapped());
        return facts;
    }

    ordered_json take_with_prefix(const std::string& prefix) {
        ordered_json facts = ordered_json::object();
        for (auto at = metadata_.lower_bound(prefix); at != metadata_.end() && at->first.starts_with(prefix);) {
            append(facts, at->first, value_of(at->second));
            at = metadata_.erase(at);
        }
        return facts;
    }

    ordered_json rest() const { return metadata_list(metadata_); }

private:
    Metadata metadata_;
};

std::string output_activation(const Settings& settings) {
    return settings.loss == Loss::bce ? "sigmoid" : "linear";
}

ordered_json layer_table(const Settings& settings) {
    const Shape& shape = settings.shape;
    ordered_json table = ordered_json::array();
    for (std::size_t l = 0; l < shape.layers().size(); ++l) {
        const Layer& layer = shape.layers()[l];
        const bool is_last = l + 1 == shape.layers().size();
        table.push_back({{"layer", shape.layer_name(static_cast<int>(l))},
                         {"from", layer.fan_in},
                         {"to", layer.fan_out},
                         {"activation", is_last ? output_activation(settings) : text(layer_activation(settings, l))},
                         {"parameters", layer.bias - layer.weight + static_cast<std::size_t>(layer.fan_out)}});
    }
    return table;
}

/// The facts that models and checkpoints have in common.
void describe_network(ordered_json& card, const Settings& settings, const Metadata& metadata) {
    Facts facts(metadata);
    facts.take({{"settings", ""}, {"shape", ""}, {"format", ""}, {"crc32", ""}, {"history", ""}});  // shown otherwise
    card["layers"] = layer_table(settings);
    card["parameters"] = settings.shape.parameters();
    card["code_size"] = settings.shape.code_size();
    const bool is_imported = metadata.contains("imported_from");
    if (!is_imported) {  // the settings of an imported model are defaults
        card["training"] = settings_json(settings);
        card["training"].erase("layers");
        card["training"].update(
            facts.take({{"epochs", "epochs"}, {"engine", "engine"}, {"device", "device"}, {"math", "math"}}));
    }
    const auto add = [&](const char* name, ordered_json part) {
        if (!part.empty()) card[name] = std::move(part);
    };
    add("imported", facts.take({{"imported_from", "from"}, {"imported_sha256", "sha256"}}));
    add("data", facts.take({{"data", "name"},
                            {"data_source", "source"},
                            {"data_source_from_here", "source seen from the model"},
                            {"digits", "labels"},
                            {"exclude", "without labels"},
                            {"val", "validation"},
                            {"image_height", "height"},
                            {"image_width", "width"},
                            {"image_channels", "channels"},
                            {"data_columns", "columns"},
                            {"data_label", "label column"},
                            {"label_names", "label names"},
                            {"data_sha256", "sha256"},
                            {"data_rest_sha256", "rest_sha256"}}));
    add("metrics",
        facts.take(
            {{"val_loss", "val_loss"}, {"val_mse", "val_mse"}, {"test_loss", "test_loss"}, {"test_mse", "test_mse"}}));
    add("thresholds", facts.take_with_prefix(std::string(kThresholds)));
    add("versions", facts.take({{"ae_cuda_version", "ae_cuda"},
                                {"checkpoint_version", "checkpoint"},
                                {"commit", "commit"},
                                {"command", "command"},
                                {"created", "created"}}));
    add("metadata", facts.rest());
}

std::string input_text(const Model& model) {
    const int values = model.settings.shape.pixels();
    return takes_numbers(model) ? fmt::format("rows of {} numbers", values)
                                : fmt::format("images of {} pixels", values);
}

ordered_json model_card(const std::filesystem::path& path, const TensorFile& file) {
    const Model model = load_model(path);
    const Shape& shape = model.settings.shape;
    ordered_json card = {
        {"kind", "model"},
        {"summary", fmt::format("a model of ae_cuda: {}, {} parameters, {} to codes of {}", shape.text(),
                                shape.parameters(), input_text(model), shape.code_size())}};
    describe_network(card, model.settings, model.metadata);
    std::map<std::string, Tensor> others = file.tensors;
    std::erase_if(others, [](const auto& entry) {
        return entry.first.starts_with("encoder.") || entry.first.starts_with("decoder.");
    });
    if (!others.empty()) card["other_tensors"] = tensor_list(others);
    return card;
}

ordered_json checkpoint_card(const std::filesystem::path& path) {
    const Checkpoint checkpoint = load_checkpoint(path);
    ordered_json card = {
        {"kind", "checkpoint"},
        {"summary", fmt::format("a checkpoint of ae_cuda: {} after {} steps; train --resume continues it",
                                checkpoint.settings.shape.text(), checkpoint.state.step)},
        {"step", checkpoint.state.step}};
    describe_network(card, checkpoint.settings, checkpoint.metadata);
    for (const EpochRecord& e : checkpoint.history)
        card["history"].push_back(
            {{"epoch", e.epoch}, {"loss", e.loss}, {"val_loss", e.val_loss}, {"val_mse", e.val_mse}});
    return card;
}

/// The network that the tensors would make; "" for none.
std::string network_of(const TensorFile& file, const std::string& name) {
    try {
        return shape_of_tensors(file, name).text();
    } catch (const ModelError&) {
        return "";
    }
}

ordered_json foreign_card(const TensorFile& file, const std::string& name) {
    const std::string network = network_of(file, name);
    const auto part = file.metadata.find("part");
    const std::string what = part != file.metadata.end()
                                 ? fmt::format(", the {:.20} of a model of ae_cuda", part->second)
                             : network.empty() ? ""
                                               : fmt::format(", an autoencoder {}; import takes it", network);
    ordered_json card = {{"kind", "safetensors"},
                         {"summary", fmt::format("a safetensors file of {} tensors{}", file.tensors.size(), what)},
                         {"tensors", tensor_list(file.tensors)}};
    if (!file.metadata.empty()) card["metadata"] = metadata_list(file.metadata);
    return card;
}

}  // namespace

ordered_json tensor_list(const std::map<std::string, Tensor>& tensors) {
    ordered_json list = ordered_json::array();
    for (const auto& [name, tensor] : tensors)
        list.push_back({{"name", name}, {"dtype", dtype_name(tensor.dtype)}, {"shape", tensor.shape}});
    return list;
}

ordered_json metadata_list(const Metadata& metadata) {
    ordered_json list = ordered_json::object();
    for (const auto& [key, text] : metadata) append(list, key, value_of(text));
    return list;
}

ordered_json safetensors_card(const std::filesystem::path& path) {
    const TensorFile file = read_safetensors(path);
    if (file.metadata.contains("checkpoint_version")) return checkpoint_card(path);
    if (file.metadata.contains("ae_cuda_version") && !file.metadata.contains("part")) return model_card(path, file);
    return foreign_card(file, path.string());
}

}  // namespace ae
