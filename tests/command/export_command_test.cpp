// export, import and inspect, started as a user starts them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "ae/model.h"
#include "file/npy.h"
#include "file/npz.h"
#include "model/provenance.h"
#include "program.h"
#include "show/inspection.h"

namespace ae::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class ExportCommand : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", 60, 20, 8);
        ASSERT_EQ(run({"train", "--data", "data", "--layers", "64-16-6-16-64", "--batch-size", "20", "--engine", "cpu",
                       "--threads", "1", "--epochs", "2", "--activation", "tanh", "--code-activation", "linear",
                       "--out", "run"})
                      .code,
                  0);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static Answer run(const std::vector<std::string>& arguments) { return run_program(arguments, here()); }
    static Answer run_well(const std::vector<std::string>& arguments) { return run_program_well(arguments, here()); }
    static void expect_refusal(const std::vector<std::string>& arguments, int code, const std::string& says) {
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, code) << arguments[0] << ": " << answer.err;
        EXPECT_THAT(answer.err, AllOf(StartsWith("ae_cuda: "), HasSubstr(says)));
        EXPECT_EQ(std::ranges::count(answer.err, '\n'), 1);
    }
    static json inspect(const std::string& file) { return json::parse(run_well({"inspect", file, "--json"}).out); }
    static Model model(const std::string& file) { return load_model(here() / file); }

    /// The weights of the model, changed, in a file of another program.
    static void write_foreign(const std::string& file,
                              const std::function<void(std::map<std::string, Tensor>&)>& change) {
        std::map<std::string, Tensor> tensors = read_safetensors(here() / "run/model.safetensors").tensors;
        change(tensors);
        put(here() / (file + ".npz"), serialize_npz(tensors));
        write_safetensors(here() / (file + ".safetensors"), {{}, tensors});
    }

    /// import refuses both files of write_foreign() and writes nothing.
    static void expect_import_refusal(const std::function<void(std::map<std::string, Tensor>&)>& change,
                                      const std::string& says) {
        write_foreign("bad", change);
        for (const char* file : {"bad.npz", "bad.safetensors"})
            expect_refusal({"import", file, "-o", "never.safetensors"}, 4, says);
        EXPECT_FALSE(fs::exists(here() / "never.safetensors"));
    }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(ExportCommand, SafetensorsIsTheModelsFile) {
    EXPECT_THAT(run_well({"export", "run", "-o", "w.safetensors"}).err, HasSubstr("load_state_dict(load_file(f))"));
    EXPECT_EQ(content_of(here() / "w.safetensors"), content_of(here() / "run/model.safetensors"));
    run_well({"export", "run", "-o", "decoder.safetensors", "--part", "decoder"});
    const TensorFile decoder = read_safetensors(here() / "decoder.safetensors");
    EXPECT_EQ(decoder.tensors.size(), 4u);
    EXPECT_EQ(decoder.tensors.at("decoder.2.weight"),
              read_safetensors(here() / "run/model.safetensors").tensors.at("decoder.2.weight"));
    EXPECT_EQ(decoder.metadata.at("part"), "decoder");
    expect_refusal({"import", "decoder.safetensors", "-o", "x.safetensors"}, 4, "encoder.0.weight is missing");
}

TEST_F(ExportCommand, ImportGivesBackTheSameBits) {
    for (const char* file : {"back.npz", "back.safetensors"}) {
        run_well({"export", "run", "-o", file});
        const json report = json::parse(run_well({"import", file, "-o", "again.safetensors", "--activation", "tanh",
                                                  "--code-activation", "linear", "--json"})
                                            .out);
        EXPECT_EQ(report.at("layers"), "64-16-6-16-64");
        EXPECT_EQ(model("again.safetensors").parameters, model("run/model.safetensors").parameters);
        EXPECT_EQ(model("again.safetensors").settings.activation, Activation::tanh);
        EXPECT_EQ(model("again.safetensors").settings.code_activation, Activation::linear);
        for (const char* from : {"run", "again.safetensors"})
            run_well({"encode", from, "data", "-o", std::string(from).substr(0, 3) + ".npy", "--engine", "cpu"});
        EXPECT_EQ(content_of(here() / "aga.npy"), content_of(here() / "run.npy"));
    }
    EXPECT_EQ(run_well({"eval", "again.safetensors", "--data", "data"}).code, 0);
}

TEST_F(ExportCommand, OfAForeignFileOnlyWeightsAreTaken) {
    write_foreign("foreign", [](auto&) {});
    run_well({"import", "foreign.safetensors", "-o", "f.safetensors", "--layers", "64-16-6-16-64"});
    EXPECT_EQ(model("f.safetensors").settings.activation, Activation::relu);
    const json card = inspect("f.safetensors");
    EXPECT_EQ(card.at("imported").at("from"), "foreign.safetensors");
    EXPECT_EQ(card.at("imported").at("sha256").get<std::string>().size(), 64u);
    EXPECT_FALSE(card.contains("training"));
}

TEST_F(ExportCommand, ImportRefusesOtherWeights) {
    using Tensors = std::map<std::string, Tensor>;
    expect_import_refusal([](Tensors& t) { t.erase("decoder.0.bias"); }, "tensor decoder.0.bias is missing");
    expect_import_refusal([](Tensors& t) { t["head.weight"] = tensor_of(1); }, "tensor head.weight has no place");
    expect_import_refusal([](Tensors& t) { t["encoder.0.bias"].dtype = Dtype::i32; },
                          "encoder.0.bias is I32 [16]; in a network 64-16-6-16-64 it is F32 [16]");
    expect_import_refusal([](Tensors& t) { t["encoder.2.weight"].shape = {16, 6}; }, "in a network");
    expect_import_refusal(
        [](Tensors& t) {
            t["encoder.2.bias"] = tensor_of(std::vector<float>{0, 1, 2, NAN, 4, 5}, {6});
        },
        "encoder.2.bias holds nan at place 3");
    expect_import_refusal([](Tensors& t) { t = {{"bias", tensor_of(1)}}; }, "has no tensor encoder.0.weight");
}

TEST_F(ExportCommand, ImportRefusesOtherFiles) {
    write_foreign("good", [](auto&) {});
    const std::vector<std::string> to{"-o", "never.safetensors"};
    const auto refused = [&](std::vector<std::string> arguments, int code, const std::string& says) {
        arguments.insert(arguments.end(), to.begin(), to.end());
        expect_refusal(arguments, code, says);
    };
    put(here() / "text", "weights");
    put(here() / "cut.npz", content_of(here() / "good.npz").substr(0, 700));
    refused({"import", "text"}, 4, "safetensors");
    refused({"import", "cut.npz"}, 4, "cannot be read as an .npz archive");
    refused({"import", "nothing"}, 3, "No such file");
    refused({"import", "good.npz", "--layers", "64-6-64"}, 4, "in a network 64-6-64");
    refused({"import", "run/model.safetensors", "--layers", "64-6-64"}, 4, "--layers asks for 64-6-64");
    refused({"import", "good.npz", "--layers", "64"}, 2, "layers: ");
    refused({"import", "good.npz", "--activation", "gelu"}, 2, "--activation");
    EXPECT_FALSE(fs::exists(here() / "never.safetensors"));
}

TEST_F(ExportCommand, OnnxIsCheckedAndDescribed) {
    const json report = json::parse(run_well({"export", "run", "-o", "ae.onnx", "--check", "--json"}).out);
    EXPECT_EQ(report.at("checked"), true);
    EXPECT_EQ(report.at("bytes"), fs::file_size(here() / "ae.onnx"));
    EXPECT_THAT(run_well({"export", "run", "-o", "e", "--format", "onnx", "--part", "encoder", "--check"}).err,
                HasSubstr("the ONNX checker found no fault"));
    const json card = inspect("ae.onnx");
    EXPECT_EQ(card.at("kind"), "onnx");
    EXPECT_EQ(card.at("inputs")[0].at("shape"), "N×64");
    EXPECT_EQ(card.at("metadata").at("data_sha256"), inspect("run").at("data").at("sha256"));
    EXPECT_EQ(inspect("e").at("outputs")[0].at("name"), "codes");
}

TEST_F(ExportCommand, ExportRefusesWhatItCannotDo) {
    expect_refusal({"export", "run", "-o", "x.pt"}, 2,
                   "give one with --format: 'pt' is not one of onnx, safetensors, npz");
    expect_refusal({"export", "run", "-o", "x.npz", "--check"}, 2, "--check");
    expect_refusal({"export", "run", "-o", "x.npz", "--part", "middle"}, 2, "--part");
    expect_refusal({"export", "run"}, 2, "-o");
    expect_refusal({"export", "nothing", "-o", "x.npz"}, 4, "nothing");
    expect_refusal({"export", "run", "-o", "no/such/folder/x.npz"}, 8, "no/such/folder");
}

TEST_F(ExportCommand, AModelHasACard) {
    const json card = inspect("run");
    EXPECT_EQ(card.at("kind"), "model");
    EXPECT_EQ(card.at("layers").size(), 4u);
    EXPECT_EQ(card.at("layers")[1],
              json({{"layer", "encoder.2"}, {"from", 16}, {"to", 6}, {"activation", "linear"}, {"parameters", 102}}));
    EXPECT_EQ(card.at("layers")[3].at("activation"), "sigmoid");
    EXPECT_EQ(card.at("training").at("epochs"), 2);
    EXPECT_GT(card.at("metrics").at("val_loss").get<double>(), 0);
    EXPECT_THAT(run_well({"inspect", "run"}).out, AllOf(StartsWith("run: a model of ae_cuda: 64-16-6-16-64, "),
                                                        HasSubstr("decoder.2"), HasSubstr("sha256")));
    EXPECT_EQ(inspect("run/checkpoint.safetensors").at("history").size(), 2u);
}

TEST_F(ExportCommand, ThresholdsAndOtherTextsAreShown) {
    Model fitted = model("run/model.safetensors");
    fitted.metadata["anomaly"] = "{\"thresholds\":{\"mse\":0.02}}";
    fitted.metadata["note"] = "red\x1b[31m";
    fitted.metadata["deep"] = std::string(200'000, '[') + std::string(200'000, ']');
    save_model(here() / "fitted.safetensors", fitted);
    const json card = inspect("fitted.safetensors");
    EXPECT_EQ(card.at("thresholds").at("anomaly").at("thresholds").at("mse"), 0.02);
    EXPECT_EQ(card.at("metadata").at("note"), "red\x1b[31m");
    EXPECT_THAT(run_well({"inspect", "fitted.safetensors"}).out, testing::Not(HasSubstr("\x1b")));
}

TEST_F(ExportCommand, InspectTakesTimeThatGrowsWithTheFileAlone) {
    const auto seconds_for = [&](int facts) {
        Model fitted = model("run/model.safetensors");
        for (int i = 0; i < facts; ++i) {
            fitted.metadata["note " + std::to_string(i)] = "x";
            fitted.metadata["anomaly " + std::to_string(i)] = "x";
        }
        save_model(here() / "many.safetensors", fitted);
        double best = 1e9;
        for (int attempt = 0; attempt < 2; ++attempt) {
            const auto start = std::chrono::steady_clock::now();
            EXPECT_GE(inspect_file(here() / "many.safetensors").at("metadata").size(), static_cast<std::size_t>(facts));
            best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
        return best;
    };
    EXPECT_LT(seconds_for(40'000) / seconds_for(5'000), 24)
        << "8 where the time grows with the file, 64 with its square";
}

TEST_F(ExportCommand, OfAForeignFileEveryCommandSaysWhatItAssumes) {
    write_foreign("foreign", [](auto&) {});
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"eval", "foreign.safetensors", "--data", "data", "--engine", "cpu"},
          {"export", "foreign.safetensors", "-o", "foreign.onnx"}})
        EXPECT_THAT(run_well(command).err, HasSubstr("does not say its activations; relu is assumed"));
    EXPECT_THAT(run_well({"eval", "run", "--data", "data", "--engine", "cpu"}).err,
                testing::Not(HasSubstr("is assumed")));
}

TEST_F(ExportCommand, ThresholdsGoToOnnxAlone) {
    Model fitted = model("run/model.safetensors");
    fitted.metadata["anomaly"] = "{\"thresholds\":{\"mse\":0.02}}";
    save_model(here() / "fitted.safetensors", fitted);
    EXPECT_THAT(run_well({"export", "fitted.safetensors", "-o", "f.onnx"}).err,
                HasSubstr("its thresholds are in the graph's metadata"));
    EXPECT_EQ(inspect("f.onnx").at("metadata").at("anomaly").at("thresholds").at("mse"), 0.02);
    EXPECT_THAT(run_well({"export", "fitted.safetensors", "-o", "f.safetensors"}).err,
                HasSubstr("; anomaly thresholds are left out"));
    EXPECT_FALSE(inspect("f.safetensors").contains("thresholds"));
}

TEST_F(ExportCommand, EveryKindOfFileIsKnown) {
    write_foreign("foreign", [](auto& t) { t["other"] = tensor_of(1); });
    run_well({"encode", "run", "data", "-o", "codes.npy", "--engine", "cpu"});
    run_well({"compress", "run", "data", "-o", "t.aez", "--engine", "cpu"});
    EXPECT_EQ(inspect("foreign.npz").at("tensors").size(), 9u);
    EXPECT_THAT(inspect("foreign.safetensors").at("summary"), HasSubstr("an autoencoder 64-16-6-16-64"));
    EXPECT_EQ(inspect("codes.npy").at("shape"), json({20, 6}));
    EXPECT_EQ(inspect("t.aez").at("images"), 20);
    EXPECT_EQ(inspect("data/t10k-images-idx3-ubyte").at("shape"), json({20, 8, 8}));
    EXPECT_THAT(inspect("data/t10k-labels-idx1-ubyte").at("summary"), HasSubstr("20 labels"));
    EXPECT_THAT(inspect("run/reconstructions.png").at("summary"), HasSubstr("colour"));
}

TEST_F(ExportCommand, InspectRefusesEverythingElse) {
    put(here() / "empty", "");
    put(here() / "json", "{\"epochs\": 10}");
    put(here() / "protobuf", "\x08\x07garbage");
    for (const char* file : {"empty", "json"}) expect_refusal({"inspect", file}, 4, "is none of these: a model");
    expect_refusal({"inspect", "protobuf"}, 4, "is not an ONNX model");
    expect_refusal({"inspect", "nothing"}, 3, "No such file");
    expect_refusal({"inspect", "data"}, 3, "No such file");
}

/// Every kind, cut short and with single bytes changed: an answer or an error of its kind.
TEST_F(ExportCommand, InspectSurvivesDamage) {
    write_foreign("whole", [](auto&) {});
    run_well({"export", "run", "-o", "whole.onnx", "--part", "encoder"});
    for (const char* file :
         {"whole.npz", "whole.safetensors", "whole.onnx", "run/model.safetensors", "run/reconstructions.png"}) {
        const std::string bytes = content_of(here() / file);
        for (const std::size_t at : {1, 9, 40, 200}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(~damaged[at]);
            for (const std::string& content : {bytes.substr(0, at), damaged}) {
                put(here() / "damaged", content);
                try {
                    inspect_file(here() / "damaged");
                } catch (const Error& error) {
                    EXPECT_THAT(error.code(), testing::AnyOf(ExitCode::data, ExitCode::model)) << file << " at " << at;
                }
            }
        }
    }
}

}  // namespace
}  // namespace ae::test
