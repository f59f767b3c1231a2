#include "model/onnx_file.h"

#include <fmt/format.h>

#include <limits>

#define ONNX_ML 1  // as libonnx was compiled
#define ONNX_NAMESPACE onnx
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include "ae/error.h"
#include "ae/version.h"
#include "engine/layer_activation.h"
#include "file/npy.h"
#include "model/model_images.h"

namespace ae {
namespace {

constexpr std::int64_t kIrVersion = 7, kOpset = 13;  // read since ONNX 1.8 and ONNX Runtime 1.6
constexpr const char* kImages = "images";
constexpr const char* kCodes = "codes";
constexpr const char* kReconstructions = "reconstructions";

const char* operator_of(Activation activation) {
    switch (activation) {
        case Activation::relu:
            return "Relu";
        case Activation::tanh:
            return "Tanh";
        case Activation::linear:
            return nullptr;
    }
    return nullptr;
}

/// The operator of the activation after layer `l`; null for none.
const char* operator_behind(const Settings& settings, std::size_t l) {
    if (l + 1 == settings.shape.layers().size()) return settings.loss == Loss::bce ? "Sigmoid" : nullptr;
    return operator_of(layer_activation(settings, l));
}

/// An input or an output of the graph.
struct OnnxPort {
    std::string name;
    int width;
    std::string text;
};

OnnxPort images_port(const Model& model) {
    return {kImages, model.settings.shape.pixels(),
            takes_numbers(model) ? "float32 [N, columns], numbers in their own units"
                                 : "float32 [N, pixels] in [0, 1], row by row, white on black: bytes divided by 255"};
}

OnnxPort codes_port(const Model& model) {
    return {kCodes, model.settings.shape.code_size(), "float32 [N, code size], as ae_cuda encode writes them"};
}

OnnxPort reconstructions_port(const Model& model) {
    return {kReconstructions, model.settings.shape.pixels(),
            takes_numbers(model)               ? "float32 [N, columns], numbers in their own units"
            : model.settings.loss == Loss::mse ? "float32 [N, pixels], row by row"
                                               : "float32 [N, pixels] in (0, 1), row by row, after the sigmoid"};
}

/// Builds the graph from its input to its output.
class GraphWriter {
public:
    explicit GraphWriter(onnx::GraphProto& graph) : graph_(graph) {}

    void add_weight(const std::string& name, const Tensor& tensor) {
        onnx::TensorProto& weight = *graph_.add_initializer();
        weight.set_name(name);
        weight.set_data_type(onnx::TensorProto::FLOAT);
        for (const std::uint64_t extent : tensor.shape) weight.add_dims(static_cast<std::int64_t>(extent));
        weight.set_raw_data(tensor.bytes);
    }

    /// Gemm: y = x·Wᵀ + b.
    void add_layer(const std::string& name, const std::string& output) {
        onnx::NodeProto& node = add_node("Gemm", name, output);
        node.add_input(name + ".weight");
        node.add_input(name + ".bias");
        onnx::AttributeProto& transposed = *node.add_attribute();
        transposed.set_name("transB");
        transposed.set_type(onnx::AttributeProto::INT);
        transposed.set_i(1);
    }

    /// A node that takes the output of the previous one.
    onnx::NodeProto& add_node(const char* type, const std::string& name, const std::string& output) {
        onnx::NodeProto& node = *graph_.add_node();
        node.set_op_type(type);
        node.set_name(name);
        node.add_input(last_);
        node.add_output(output);
        last_ = output;
        return node;
    }

    /// An element-wise node whose second operand is a constant.
    void add_change(const char* type, const std::string& constant, const std::string& output) {
        add_node(type, output, output).add_input(constant);
    }

    /// The value that the first node takes.
    void set_input(const OnnxPort& port) { describe(*graph_.add_input(), port), last_ = port.name; }
    void set_output(const OnnxPort& port) { describe(*graph_.add_output(), port); }

private:
    static void describe(onnx::ValueInfoProto& value, const OnnxPort& port) {
        value.set_name(port.name);
        value.set_doc_string(port.text);
        onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        tensor.mutable_shape()->add_dim()->set_dim_param("N");
        tensor.mutable_shape()->add_dim()->set_dim_value(port.width);
    }

    onnx::GraphProto& graph_;
    std::string last_;
};

/// The layers of a part; the last one's value is `result`.
void write_layers(GraphWriter& writer, const Settings& settings, LayerRange range, const std::string& result) {
    for (std::size_t l = range.first; l < range.last; ++l) {
        const std::string name = settings.shape.layer_name(static_cast<int>(l)),
                          output = l + 1 == range.last ? result : name + ".activation";
        const char* const activation = operator_behind(settings, l);
        writer.add_layer(name, activation ? name + ".sum" : output);
        if (activation) writer.add_node(activation, name + ".activation", output);
    }
}

/// Numbers come in and go out in their own units: the scale is part of the graph.
void write_graph(onnx::GraphProto& graph, const Model& model, ModelPart part) {
    const bool has_scale = !model.scale.is_none();
    const bool scales_input = has_scale && part != ModelPart::decoder,
               scales_output = has_scale && part != ModelPart::encoder;
    const OnnxPort output = part == ModelPart::encoder ? codes_port(model) : reconstructions_port(model);
    GraphWriter writer(graph);
    writer.set_input(part == ModelPart::decoder ? codes_port(model) : images_port(model));
    if (scales_input) {
        writer.add_change("Sub", "scale.offset", "scaled.difference");
        writer.add_change("Mul", "scale.factor", "scaled");
    }
    write_layers(writer, model.settings, layers_of(model.settings.shape, part),
                 scales_output ? "scaled.reconstructions" : output.name);
    if (scales_output) {
        writer.add_change("Div", "scale.factor", "unscaled");
        writer.add_change("Add", "scale.offset", output.name);
    }
    writer.set_output(output);
    for (const auto& [name, tensor] : part_tensors(model, part).tensors) writer.add_weight(name, tensor);
}

bool parse(onnx::ModelProto& model, std::string_view bytes) {
    return bytes.size() <= std::numeric_limits<int>::max() &&
           model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

std::string type_name(int type) {
    return onnx::TensorProto::DataType_IsValid(type)
               ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type))
               : fmt::format("type {}", type);
}

/// A dimension of any extent has a name or none.
std::string extent_text(const onnx::TensorShapeProto::Dimension& dim) {
    if (dim.has_dim_value()) return std::to_string(dim.dim_value());
    return dim.dim_param().empty() ? "?" : dim.dim_param();
}

OnnxValue value_of(const onnx::ValueInfoProto& info) {
    const onnx::TypeProto::Tensor& tensor = info.type().tensor_type();
    std::string shape;
    for (const auto& dim : tensor.shape().dim()) shape += (shape.empty() ? "" : "×") + extent_text(dim);
    return {info.name(), type_name(tensor.elem_type()), shape, info.doc_string()};
}

OnnxValue value_of(const onnx::TensorProto& tensor) {
    const std::vector<std::uint64_t> shape(tensor.dims().begin(), tensor.dims().end());
    return {tensor.name(), type_name(tensor.data_type()), shape_text(shape), tensor.doc_string()};
}

}  // namespace

std::string serialize_onnx(const Model& model, ModelPart part) {
    onnx::ModelProto proto;
    proto.set_ir_version(kIrVersion);
    proto.set_producer_name("ae_cuda");
    proto.set_producer_version(kVersion);
    proto.add_opset_import()->set_version(kOpset);
    const std::string what = part == ModelPart::whole ? "autoencoder" : text(part);
    proto.mutable_graph()->set_name(what);
    proto.set_doc_string(fmt::format("The {} of a network {}", what, model.settings.shape.text()));
    write_graph(*proto.mutable_graph(), model, part);
    Metadata metadata = part_tensors(model, part).metadata;
    metadata.erase("format");  // which speaks of safetensors
    metadata["part"] = text(part);
    metadata["preprocessing"] =
        takes_numbers(model) ? "none: numbers in their own units, the graph scales them" : "x = byte / 255";
    for (const auto& [key, value] : metadata) {
        onnx::StringStringEntryProto& entry = *proto.add_metadata_props();
        entry.set_key(key);
        entry.set_value(value);
    }
    return proto.SerializeAsString();
}

void check_onnx(std::string_view bytes, const std::string& name) {
    onnx::ModelProto model;
    if (!parse(model, bytes)) throw CheckFailed(fmt::format("{}: ONNX cannot read it", name));
    try {
        onnx::checker::check_model(model);
    } catch (const onnx::checker::ValidationError& error) {
        throw CheckFailed(fmt::format("{}: the ONNX checker refuses it: {}", name, error.what()));
    }
}

OnnxSummary parse_onnx(std::string_view bytes, const std::string& name) {
    onnx::ModelProto model;
    if (!parse(model, bytes) || model.ir_version() < 1 || !model.has_graph() || model.opset_import().empty())
        throw ModelError(fmt::format("{}: is not an ONNX model", name));
    OnnxSummary summary{
        .ir_version = model.ir_version(),
        .producer = model.producer_name() + (model.producer_version().empty() ? "" : " ") + model.producer_version(),
        .graph = model.graph().name()};
    for (const auto& opset : model.opset_import()) summary.opsets[opset.domain()] = opset.version();
    for (const auto& input : model.graph().input()) summary.inputs.push_back(value_of(input));
    for (const auto& output : model.graph().output()) summary.outputs.push_back(value_of(output));
    for (const auto& tensor : model.graph().initializer()) summary.initialisers.push_back(value_of(tensor));
    for (const auto& node : model.graph().node()) summary.operators.push_back(node.op_type());
    for (const auto& entry : model.metadata_props()) summary.metadata[entry.key()] = entry.value();
    return summary;
}

}  // namespace ae
