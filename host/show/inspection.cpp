#include "show/inspection.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ae/dataset.h"
#include "ae/error.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/npy.h"
#include "file/npy_file.h"
#include "file/npz.h"
#include "file/png_reader.h"
#include "model/onnx_file.h"
#include "show/model_card.h"
#include "use/aez.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::uint64_t kLargestOnnx = (std::uint64_t(1) << 31) - 1;  // of any Protobuf message

ordered_json npy_card(const fs::path& path) {
    const NpyFile array(path);
    return {{"kind", "npy"},
            {"summary", fmt::format("a NumPy array {} of {}", shape_text(array.shape()), dtype_name(array.dtype()))},
            {"dtype", dtype_name(array.dtype())},
            {"shape", array.shape()}};
}

ordered_json npz_card(const fs::path& path) {
    const auto arrays = parse_npz(read_input(path), path.string());
    return {{"kind", "npz"},
            {"summary", fmt::format("a NumPy archive of {} arrays", arrays.size())},
            {"tensors", tensor_list(arrays)}};
}

ordered_json idx_card(const fs::path& path) {
    const Idx idx = read_idx(path);
    const std::vector<std::uint64_t> shape(idx.dimensions.begin(), idx.dimensions.end());
    const char* const what = shape.size() == 1 ? "labels" : shape.size() == 3 ? "images" : "bytes";
    return {{"kind", "idx"},
            {"summary", fmt::format("an IDX file of {} {}", shape_text(shape), what)},
            {"shape", shape},
            {"sha256", idx.sha256}};
}

ordered_json aez_card(const fs::path& path) {
    const Aez file = read_aez(path);
    const AezInfo& info = file.info();
    return {{"kind", "aez"},
            {"summary", fmt::format("{} images of {}×{} as codes of {} numbers of {} bits", info.images, info.height,
                                    info.width, info.quantizer.dimensions(), info.quantizer.bits)},
            {"images", info.images},
            {"height", info.height},
            {"width", info.width},
            {"code_size", info.quantizer.dimensions()},
            {"bits", info.quantizer.bits},
            {"blocks", file.blocks()},
            {"decoder_sha256", info.decoder_sha256}};
}

ordered_json png_card(const fs::path& path) {
    const PngInfo png = read_png_info(path);
    return {
        {"kind", "png"},
        {"summary", fmt::format("a PNG picture, {} pixels wide and {} high, {}", png.width, png.height, png.colours)},
        {"width", png.width},
        {"height", png.height},
        {"colours", png.colours}};
}

ordered_json value_list(const std::vector<OnnxValue>& values) {
    ordered_json list = ordered_json::array();
    for (const OnnxValue& v : values) {
        list.push_back({{"name", v.name}, {"type", v.type}, {"shape", v.shape}});
        if (!v.text.empty()) list.back()["text"] = v.text;
    }
    return list;
}

ordered_json onnx_card(const fs::path& path) {
    const OnnxSummary onnx = parse_onnx(read_input(path, kLargestOnnx), path.string());
    ordered_json card = {{"kind", "onnx"},
                         {"summary", fmt::format("an ONNX model of {} nodes, made by {}", onnx.operators.size(),
                                                 onnx.producer.empty() ? "an unknown program" : onnx.producer)},
                         {"ir_version", onnx.ir_version},
                         {"graph", onnx.graph}};
    for (const auto& [domain, version] : onnx.opsets) card["opset"][domain.empty() ? "onnx" : domain] = version;
    card["inputs"] = value_list(onnx.inputs);
    card["outputs"] = value_list(onnx.outputs);
    card["operators"] = onnx.operators;
    card["initialisers"] = value_list(onnx.initialisers);
    if (!onnx.metadata.empty()) card["metadata"] = metadata_list(onnx.metadata);
    return card;
}

ordered_json card_of(const fs::path& path) {
    switch (file_kind(beginning_of(path))) {
        case FileKind::safetensors:
            return safetensors_card(path);
        case FileKind::npy:
            return npy_card(path);
        case FileKind::zip:
            return npz_card(path);
        case FileKind::png:
            return png_card(path);
        case FileKind::aez:
            return aez_card(path);
        case FileKind::gzip:
        case FileKind::idx:
            return idx_card(path);
        case FileKind::onnx:
            return onnx_card(path);
        default:
            throw ModelError(
                fmt::format("{}: is none of these: a model or other safetensors file, ONNX, .npy, .npz, IDX, .aez, PNG",
                            path.string()));
    }
}

}  // namespace

ordered_json inspect_file(const fs::path& path) {
    const std::uint64_t size = input_size(path);
    ordered_json document = {{"file", path.string()}, {"bytes", size}};
    document.update(card_of(path));
    return document;
}

}  // namespace ae
