// ae_cuda import: a model made from another program's weights.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "ae/error.h"
#include "ae/model.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "data/image_reading.h"
#include "engine/names.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/npz.h"
#include "file/sha256.h"
#include "model/foreign_names.h"
#include "model/model_images.h"
#include "model/parameter_tensors.h"
#include "model/provenance.h"
#include "model/scale_tensors.h"
#include "train/busy_line.h"

namespace ae {
namespace {

struct ImportArguments {
    std::string path, out, layers, size, activation, code_activation, loss;
    bool json = false;

    void add_to(CommandLine& line) {
        line.add_option("FILE", path, "A .safetensors or .npz file with nn.Linear's arrays: encoder.0.weight, …")
            .required();
        line.add_option("-o,--output", out, "The model, .safetensors").required();
        line.add_option("--layers", layers, "Widths that the file must have (default: those it has)");
        line.add_option("--activation", activation,
                        "Activation of the hidden layers: relu, linear or tanh (default: relu)")
            .check(one_of(activation_names()));
        line.add_option("--code-activation", code_activation, "Activation of the code layer (default: relu)")
            .check(one_of(activation_names()));
        line.add_option(
                "--loss", loss,
                "Loss that it was trained with: bce, after a sigmoid, or mse, of a linear output (default: bce; "
                "mse where the file has the arrays scale.offset and scale.factor, one number a column)")
            .check(one_of(loss_names()));
        line.add_option("--size", size, "HEIGHTxWIDTH of the images, which weights do not tell (default: unknown)");
        line.add_flag("--json", json, "One JSON document about it");
    }
};

/// Decides by content: a zip archive; otherwise a safetensors file.
TensorFile parse_weights(const std::string& bytes, const std::string& name) {
    const FileKind kind = file_kind(std::string_view(bytes).substr(0, 16));
    if (kind != FileKind::zip && kind != FileKind::safetensors && !text(kind).empty())
        throw ModelError(
            fmt::format("{}: looks like {}; import takes weights as .safetensors or .npz", name, text(kind)));
    if (kind != FileKind::zip) return parse_safetensors(bytes, name);
    try {
        return {{}, parse_npz(bytes, name)};
    } catch (const DataError& error) {
        throw ModelError(error.what());
    }
}

std::string sha256_of(const std::string& bytes) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(bytes)));
    return hash.hex();
}

/// Takes the scale of numbers, which a model of a table has beside its weights: the network sees
/// (value − offset) · factor.
void take_foreign_scale(TensorFile& file, Model& model, const std::string& name) {
    if (!has_scale(file)) return;
    model.settings.scaling = Scaling::standard;  // of offsets and factors alone nobody can tell which
    model.settings.loss = Loss::mse;
    model.scale = take_scale(file, model.settings, name);
    ImageReading reading;
    reading.numbers = true;
    model.metadata.merge(reading_facts(reading));
}

/// A network from another program's weights, of which only names and shapes are known.
Model foreign_model(TensorFile file, const ImportArguments& a, const std::string& sha256, BusyLine& busy) {
    if (const std::string taken = strip_foreign_names(file); !taken.empty())
        busy.without([&] { say("{}: left {} out of the names of its tensors", a.path, taken); });
    Model model;
    model.settings.shape = a.layers.empty() ? shape_of_tensors(file, a.path) : Shape::parse(a.layers);
    take_foreign_scale(file, model, a.path);
    model.parameters = take_parameters(file, model.settings.shape, "", a.path);
    check_nothing_left(file, model.settings.shape, a.path);
    model.metadata["imported_from"] = std::filesystem::path(a.path).filename().string();
    model.metadata["imported_sha256"] = sha256;
    return model;
}

Model import_model(const ImportArguments& a, BusyLine& busy) {
    const std::string bytes = read_input(a.path);
    TensorFile file = parse_weights(bytes, a.path);
    const bool is_ours = file.metadata.contains("ae_cuda_version");
    Model model = is_ours ? load_model(a.path) : foreign_model(std::move(file), a, sha256_of(bytes), busy);
    Settings& settings = model.settings;
    if (!a.layers.empty() && !(settings.shape == Shape::parse(a.layers)))
        throw ModelError(
            fmt::format("{}: is a network {}, --layers asks for {}", a.path, settings.shape.text(), a.layers));
    if (!a.size.empty()) {
        const ImageSize size = parse_image_size(a.size);
        if (std::int64_t(size.width) * size.height != settings.shape.pixels())
            throw UsageError(
                fmt::format("--size {}: the network's images have {} pixels", a.size, settings.shape.pixels()));
        describe_images(model.metadata, size);
    }
    if (!a.activation.empty()) settings.activation = parse_activation(a.activation);
    if (!a.loss.empty()) settings.loss = parse_loss(a.loss);
    if (!a.code_activation.empty()) settings.code_activation = parse_activation(a.code_activation);
    return model;
}

}  // namespace

int import_command(const Arguments& arguments) {
    ImportArguments a;
    CommandLine line("import", "Makes a model from weights that another program wrote.",
                     "ae_cuda import weights.npz -o model.safetensors --activation tanh");
    a.add_to(line);
    if (!line.read(arguments)) return 0;
    check_output(a.out, {".safetensors"}, ReadFiles().model(a.path));
    std::optional<BusyLine> busy(std::in_place, ProgressMode::automatic, "importing", silence());
    const Model model = import_model(a, *busy);
    save_model(a.out, model);
    busy.reset();
    const Settings& s = model.settings;
    if (a.json) {
        const nlohmann::ordered_json document = {{"input", a.path},
                                                 {"output", a.out},
                                                 {"layers", s.shape.text()},
                                                 {"parameters", s.shape.parameters()},
                                                 {"activation", text(s.activation)},
                                                 {"code_activation", text(s.code_activation)},
                                                 {"loss", text(s.loss)},
                                                 {"scale", text(s.scaling)}};
        print_document(document);
    }
    say("wrote {}: a model {}, {} parameters, activation {}, of the code {}", a.out, s.shape.text(),
        s.shape.parameters(), text(s.activation), text(s.code_activation));
    return 0;
}

}  // namespace ae
