// ONNX files against a small interpreter of their graphs; ONNX Runtime itself runs them in tests/interop.
#include "model/onnx_file.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ae/error.h"
#include "random_values.h"
#include "temporary_folder.h"

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

namespace ae::onnx_file_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Values = std::vector<float>;

Model example(Activation activation = Activation::relu, Activation code_activation = Activation::relu) {
    Model model;
    model.settings.shape = Shape({6, 5, 3, 4, 6});
    model.settings.activation = activation;
    model.settings.code_activation = code_activation;
    model.parameters = test::normal_values(model.settings.shape.parameters(), 1);
    model.metadata = {{"data", "mnist"}, {"crc32", "01234567"}, {"anomaly.mse", "{\"threshold\":0.02}"}};
    return model;
}

onnx::ModelProto proto_of(const std::string& bytes) {
    onnx::ModelProto proto;
    EXPECT_TRUE(proto.ParseFromString(bytes));
    return proto;
}

Values floats(const onnx::GraphProto& graph, const std::string& name) {
    for (const auto& tensor : graph.initializer())
        if (tensor.name() == name) {
            Values values(tensor.raw_data().size() / sizeof(float));
            std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
            return values;
        }
    ADD_FAILURE() << "no constant " << name;
    return {};
}

/// One image through Gemm with transB, Relu, Tanh and Sigmoid, and the four operations of a scale.
Values run(const std::string& bytes, Values x) {
    const onnx::ModelProto proto = proto_of(bytes);
    std::string last = proto.graph().input(0).name();
    for (const onnx::NodeProto& node : proto.graph().node()) {
        EXPECT_EQ(node.input(0), last);
        last = node.output(0);
        if (node.op_type() == "Gemm") {
            const Values weight = floats(proto.graph(), node.input(1)), bias = floats(proto.graph(), node.input(2));
            Values y = bias;
            for (std::size_t o = 0; o < y.size(); ++o)
                for (std::size_t i = 0; i < x.size(); ++i) y[o] += weight[o * x.size() + i] * x[i];
            x = y;
            continue;
        }
        if (node.input_size() == 2) {
            const Values constant = floats(proto.graph(), node.input(1));
            for (std::size_t i = 0; i < x.size(); ++i)
                x[i] = node.op_type() == "Sub"   ? x[i] - constant[i]
                       : node.op_type() == "Mul" ? x[i] * constant[i]
                       : node.op_type() == "Div" ? x[i] / constant[i]
                                                 : x[i] + constant[i];
            continue;
        }
        for (float& v : x)
            v = node.op_type() == "Relu"   ? std::max(v, 0.0f)
                : node.op_type() == "Tanh" ? std::tanh(v)
                                           : 1 / (1 + std::exp(-v));
    }
    EXPECT_EQ(last, proto.graph().output(0).name());
    return x;
}

class OnnxFile : public testing::TestWithParam<std::pair<Activation, Activation>> {};

TEST_P(OnnxFile, ComputesWhatTheEngineComputes) {
    const Model model = example(GetParam().first, GetParam().second);
    const auto network = make_network("cpu", model, {.threads = 1});
    const Values image{0, 0.25f, 1, 0.5f, 0.125f, 0}, code = network->encode(image);
    const auto near = [](const Values& expected) { return testing::Pointwise(testing::FloatNear(1e-6f), expected); };
    EXPECT_THAT(run(serialize_onnx(model, ModelPart::encoder), image), near(code));
    EXPECT_THAT(run(serialize_onnx(model, ModelPart::decoder), code), near(network->decode(code)));
    EXPECT_THAT(run(serialize_onnx(model, ModelPart::whole), image), near(network->reconstruct(image)));
}

INSTANTIATE_TEST_SUITE_P(Activations, OnnxFile,
                         testing::Values(std::pair(Activation::relu, Activation::relu),
                                         std::pair(Activation::relu, Activation::linear),
                                         std::pair(Activation::tanh, Activation::relu),
                                         std::pair(Activation::linear, Activation::tanh)));

/// Numbers go in and come out in their own units, around the network that sees scaled ones.
TEST(OnnxOfNumbers, HasTheScaleInItsGraph) {
    Model model = example(Activation::tanh, Activation::linear);
    model.settings.loss = Loss::mse;
    model.settings.scaling = Scaling::standard;
    model.metadata["data_numbers"] = "1";
    model.scale = {{1, 20, 300, 0, -5, 7}, {1, 0.1f, 0.01f, 2, 3, 0.5f}};
    const auto network = make_network("cpu", model, {.threads = 1});
    const Values row{0, 25, 400, 0.5f, -4, 9};
    Values scaled = row;
    model.scale.apply(scaled);
    const Values code = network->encode(scaled);
    Values back = network->reconstruct(scaled);
    model.scale.undo(back);
    const auto near = [](const Values& expected) { return testing::Pointwise(testing::FloatNear(1e-3f), expected); };
    EXPECT_THAT(run(serialize_onnx(model, ModelPart::encoder), row), near(code));
    EXPECT_THAT(run(serialize_onnx(model, ModelPart::decoder), code), near(back));
    EXPECT_THAT(run(serialize_onnx(model, ModelPart::whole), row), near(back));
    check_onnx(serialize_onnx(model, ModelPart::whole), "x");
    const OnnxSummary whole = parse_onnx(serialize_onnx(model, ModelPart::whole), "x");
    EXPECT_THAT(whole.operators,
                ElementsAre("Sub", "Mul", "Gemm", "Tanh", "Gemm", "Gemm", "Tanh", "Gemm", "Div", "Add"));
    EXPECT_THAT(whole.inputs[0].text, HasSubstr("numbers in their own units"));
    EXPECT_THAT(whole.metadata.at("preprocessing"), HasSubstr("the graph scales them"));
}

TEST(OnnxSummary, SaysWhatThereIs) {
    const OnnxSummary whole =
        parse_onnx(serialize_onnx(example(Activation::tanh, Activation::linear), ModelPart::whole), "x");
    EXPECT_EQ(whole.ir_version, 7);
    EXPECT_EQ(whole.opsets.at(""), 13);
    EXPECT_THAT(whole.producer, testing::StartsWith("ae_cuda "));
    EXPECT_THAT(whole.operators, ElementsAre("Gemm", "Tanh", "Gemm", "Gemm", "Tanh", "Gemm", "Sigmoid"));
    ASSERT_EQ(whole.inputs.size(), 1u);
    EXPECT_EQ(whole.inputs[0].name, "images");
    EXPECT_EQ(whole.inputs[0].shape, "N×6");
    EXPECT_THAT(whole.inputs[0].text, HasSubstr("in [0, 1]"));
    EXPECT_EQ(whole.outputs[0].name, "reconstructions");
    EXPECT_EQ(whole.initialisers.size(), 8u);
    EXPECT_EQ(whole.metadata.at("preprocessing"), "x = byte / 255");
    EXPECT_EQ(whole.metadata.at("anomaly.mse"), "{\"threshold\":0.02}");
    EXPECT_EQ(whole.metadata.count("crc32"), 0u);
    const OnnxSummary encoder = parse_onnx(serialize_onnx(example(), ModelPart::encoder), "x");
    EXPECT_EQ(encoder.outputs[0].name + " " + encoder.outputs[0].shape, "codes N×3");
    const OnnxSummary decoder = parse_onnx(serialize_onnx(example(), ModelPart::decoder), "x");
    EXPECT_EQ(decoder.inputs[0].name + " " + decoder.inputs[0].shape, "codes N×3");
    EXPECT_EQ(decoder.initialisers.size(), 4u);
}

TEST(OnnxSummary, ShowsADimensionWithoutAName) {
    onnx::ModelProto proto = proto_of(serialize_onnx(example(), ModelPart::whole));
    auto& shape = *proto.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape.mutable_dim(0)->clear_dim_param();
    shape.add_dim();
    EXPECT_EQ(parse_onnx(proto.SerializeAsString(), "x").outputs[0].shape, "?×6×?");
}

TEST(OnnxChecker, PassesWhatWeWriteAndNothingBroken) {
    for (const ModelPart part : {ModelPart::whole, ModelPart::encoder, ModelPart::decoder})
        EXPECT_NO_THROW(check_onnx(serialize_onnx(example(), part), "x"));
    onnx::ModelProto proto = proto_of(serialize_onnx(example(), ModelPart::whole));
    proto.mutable_graph()->mutable_node(2)->set_op_type("Gem");
    EXPECT_THAT(test::message_of<CheckFailed>([&] { check_onnx(proto.SerializeAsString(), "x.onnx"); }),
                testing::StartsWith("x.onnx: the ONNX checker refuses it: No Op registered for Gem"));
    EXPECT_THAT(test::message_of<CheckFailed>([] { check_onnx("\x08\x07 text", "x.onnx"); }),
                HasSubstr("cannot read it"));
}

TEST(OnnxReader, RefusesOtherBytes) {
    const auto refusal = [](const std::string& bytes) {
        return test::message_of<ModelError>([&] { parse_onnx(bytes, "x.onnx"); });
    };
    const std::string whole = serialize_onnx(example(), ModelPart::whole);
    for (const std::string& bytes :
         {std::string(), std::string("\x08\x07", 2), std::string("text"), whole.substr(0, 500)})
        EXPECT_EQ(refusal(bytes), "x.onnx: is not an ONNX model");
}

}  // namespace
}  // namespace ae::onnx_file_test
