// ae_cuda export: a model written as ONNX, safetensors or .npz.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "engine/names.h"
#include "file/atomic_file.h"
#include "file/npz.h"
#include "file/paths.h"
#include "model/model_images.h"
#include "model/onnx_file.h"
#include "train/busy_line.h"

namespace ae {
namespace {

enum class Format { onnx, safetensors, npz };

const std::vector<std::string>& format_names() {
    static const std::vector<std::string> names{"onnx", "safetensors", "npz"};
    return names;
}

/// The format that --format names; without it, the one of the file's ending.
Format choose_format(const std::string& asked, const std::filesystem::path& out) {
    if (!asked.empty()) return parse_name<Format>(format_names(), asked, "--format");
    const std::string ending = ending_of(out);
    return parse_name<Format>(format_names(), ending.empty() ? ending : ending.substr(1),
                              fmt::format("{}: its ending names no format; give one with --format", out.string()));
}

std::string serialize(const Model& model, ModelPart part, Format format) {
    switch (format) {
        case Format::onnx:
            return serialize_onnx(model, part);
        case Format::safetensors:
            return serialize_part(model, part);
        case Format::npz:
            return serialize_npz(part_tensors(model, part).tensors);
    }
    return {};
}

/// Tells a person how to use the file.
std::string advice(const Model& model, ModelPart part, Format format) {
    const Settings& settings = model.settings;
    if (format == Format::onnx)
        return part == ModelPart::decoder ? "codes go in, as encode writes them"
               : takes_numbers(model)     ? "numbers go in as they are: the graph scales them"
                                          : "pixels in [0, 1] go in: bytes divided by 255";
    if (format == Format::safetensors)
        return fmt::format("torch takes it with load_state_dict(load_file(f){})",
                           part == ModelPart::whole && model.scale.is_none() ? "" : ", strict=False");
    return fmt::format("it holds weights alone; import takes them with --activation {} --code-activation {}",
                       text(settings.activation), text(settings.code_activation));
}

/// Says what the format cannot carry; "" for nothing.
std::string left_out(const Model& model, Format format) {
    const auto at = model.metadata.lower_bound(std::string(kThresholds));
    const bool has_thresholds = at != model.metadata.end() && at->first.starts_with(kThresholds);
    if (!has_thresholds) return "";
    return format == Format::onnx
               ? "; anomaly fit's codes and scores are left out, its thresholds are in the graph's metadata"
               : "; anomaly thresholds are left out";
}

}  // namespace

int export_command(const Arguments& arguments) {
    std::string path, out, format_name, part_name = "whole";
    bool check = false, json = false;
    CommandLine line("export",
                     "Writes a model, its encoder or its decoder for other programs: ONNX, safetensors, .npz.",
                     "ae_cuda export runs/first -o ae.onnx --check\n"
                     "  ae_cuda export runs/first -o encoder.onnx --part encoder");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_option("-o,--output", out, "The file; .onnx, .safetensors or .npz chooses the format").required();
    line.add_option("--format", format_name, "onnx, safetensors or npz, whatever the ending is")
        .check(one_of(format_names()));
    line.add_option("--part", part_name, "whole, encoder or decoder").check(one_of(part_names()));
    line.add_flag("--check", check, "Run the ONNX checker on the graph before it is written (exit 7 if it fails)");
    line.add_flag("--json", json, "One JSON document about it");
    if (!line.read(arguments)) return 0;

    const Format format = choose_format(format_name, out);
    const ModelPart part = parse_part(part_name);
    check_output(out, ReadFiles().model(path));
    if (check && format != Format::onnx) throw UsageError("--check: runs the ONNX checker; export to .onnx");
    std::optional<BusyLine> busy(std::in_place, ProgressMode::automatic, "exporting", silence());
    const Model model = load_model(model_file(path));
    busy->without([&] { say_assumptions(model, path); });
    const std::string bytes = serialize(model, part, format);
    if (check) check_onnx(bytes, out);
    write_file(out, bytes);
    busy.reset();
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"output", out},
                                                 {"format", format_names()[static_cast<std::size_t>(format)]},
                                                 {"part", part_name},
                                                 {"layers", model.settings.shape.text()},
                                                 {"bytes", bytes.size()},
                                                 {"checked", check}};
        print_document(document);
    }
    say("wrote {}: {} of {}{}; {}{}", out, part == ModelPart::whole ? "the whole" : "the " + part_name,
        model.settings.shape.text(), check ? ", and the ONNX checker found no fault" : "", advice(model, part, format),
        left_out(model, format));
    return 0;
}

}  // namespace ae
