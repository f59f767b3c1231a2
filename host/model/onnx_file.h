// A model as an ONNX graph, written and checked by ONNX's own library (libonnx). Only onnx_file.cpp sees its headers.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/model_part.h"

namespace ae {

/// The bytes of a file of opset 13, IR version 7: products with biases (Gemm, weights [out, in]), activations and,
/// after the last layer of a network trained with bce, the sigmoid. A model's scale is part of the graph: numbers come
/// in and go out in their own units. Pixels go from "images" [N, pixels] in [0, 1] or, for the decoder, "codes" [N,
/// code size], to "reconstructions" in (0, 1) or, for the encoder, "codes", all float32 with any N. The model's
/// metadata and the preprocessing lie in metadata_props.
std::string serialize_onnx(const Model& model, ModelPart part);

/// Runs the ONNX checker. Throws CheckFailed with its finding.
void check_onnx(std::string_view bytes, const std::string& name);

/// An input, an output or a constant of a graph.
struct OnnxValue {
    std::string name, type;  ///< "FLOAT"
    std::string shape;       ///< "N×784"
    std::string text;        ///< its description in the file
};

struct OnnxSummary {
    std::int64_t ir_version = 0;
    std::string producer = {};
    std::map<std::string, std::int64_t> opsets = {};  ///< by domain; "" is ONNX's own
    std::string graph = {};
    std::vector<OnnxValue> inputs = {}, outputs = {}, initialisers = {};
    std::vector<std::string> operators = {};  ///< of the nodes, in their order
    std::map<std::string, std::string> metadata = {};
};

/// Throws ModelError if the bytes are no ONNX model with a graph.
OnnxSummary parse_onnx(std::string_view bytes, const std::string& name);

}  // namespace ae
