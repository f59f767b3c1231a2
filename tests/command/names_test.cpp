// Names and texts that hold any bytes.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "file/safetensors.h"
#include "model/provenance.h"
#include "program.h"

namespace ae::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kLatin = "caf\xE9", kEscape = "x\x1b[31m\xC2\x9B\xE2\x80\xAE\x7F";

/// No byte that could move, colour or turn round a terminal's text.
MATCHER(IsHarmless, "has no control character") {
    for (const char c : std::string(arg))
        if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) return false;
    return std::string(arg).find("\xC2\x9B") == std::string::npos &&
           std::string(arg).find("\xE2\x80\xAE") == std::string::npos;
}

class Names : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        for (const std::string& name : {kLatin, kEscape}) {
            write_idx_folder(here() / name, 300, 60, 8);
            const Answer answer = run({"--data", name, "--layers", "64-16-64", "--batch-size", "32", "--engine", "cpu",
                                       "--threads", "1", "--epochs", "1", "--out", "run " + name});
            ASSERT_EQ(answer.code, 0) << answer.err;
            EXPECT_THAT(answer.err, IsHarmless());
        }
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static Answer run(const std::vector<std::string>& arguments) { return run_program(arguments, here()); }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(Names, EveryCommandTakesThemAndItsJsonIsJson) {
    for (const std::string& name : {kLatin, kEscape}) {
        const std::string model = "run " + name;
        const std::vector<std::vector<std::string>> commands{
            {"eval", model, "--data", name},
            {"encode", model, name, "-o", name + ".npy"},
            {"decode", model, name + ".npy", "-o", name + "2.npy"},
            {"compress", model, name, "-o", name + ".aez"},
            {"decompress", name + ".aez", "--model", model, "-o", name + "3.npy"},
            {"denoise", model, name, "-o", name + "4.npy", "--add-noise", "gaussian:0.1", "--data", name},
            {"export", model, "-o", name + ".onnx"},
            {"import", model + "/model.safetensors", "-o", name + ".safetensors"},
            {"anomaly", "fit", model, name, "-o", name + "5", "--hold-out", "0.5"},
            {"anomaly", "score", name + "5", name, "--error-maps", name + "6"},
            {"anomaly", "eval", "--data", name, "--layers", "64-16-64", "--epochs", "1", "--hold-out", "0.5"},
            {"probe", model, "--data", name},
            {"report", model, "--data", name, "-o", name + ".html"},
            {"inspect", model},
            {"inspect", model + "/checkpoint.safetensors"},
            {"inspect", name + ".onnx"}};
        for (const std::vector<std::string>& command : commands) {
            const Answer plain = run(command);
            EXPECT_THAT(plain.out + plain.err, IsHarmless()) << testing::PrintToString(command);
            std::vector<std::string> with_json = command;
            with_json.push_back("--json");
            const Answer answer = run(with_json);
            EXPECT_EQ(answer.code, plain.code) << answer.err;
            EXPECT_NE(answer.code, 1) << answer.err;
            EXPECT_TRUE(answer.code != 0 || json::accept(answer.out)) << testing::PrintToString(command);
        }
    }
}

TEST_F(Names, ACheckpointOfSuchDataCanBeResumed) {
    for (const std::string& name : {kLatin, kEscape}) {
        const Answer answer = run({"--resume", "run " + name, "--data", name, "--epochs", "2"});
        EXPECT_EQ(answer.code, 0) << answer.err;
    }
}

TEST_F(Names, ErrorsShowThemHarmless) {
    put(here() / "bad.conf", "lay\x1b[31mers = 3\nepochs = \x1b]0;title\x07\n");
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"eval", kEscape + "nothing"},
                                               {"--\x1b[31m"},
                                               {"--data", kEscape + "none"},
                                               {"no\x9b command"},
                                               {"--config", "bad.conf"},
                                               {"--layers", kEscape},
                                               {"inspect", kEscape},
                                               {"encode", "run " + kLatin, kEscape + "1", "-o", "y.npy"}}) {
        const Answer answer = run(command);
        EXPECT_NE(answer.code, 0);
        EXPECT_NE(answer.code, 1) << answer.err;
        EXPECT_THAT(answer.err, IsHarmless()) << answer.err;
    }
}

TEST_F(Names, MetadataOfACheckpointIsShownHarmless) {
    const fs::path path = here() / ("run " + kLatin) / "checkpoint.safetensors";
    fs::create_directories(here() / "crafted");
    TensorFile file = read_safetensors(path);
    file.metadata["data_sha256"] = "\x1b[31m\x1b[2J";
    seal(file);
    write_safetensors(here() / "crafted/checkpoint.safetensors", file);
    const Answer answer = run({"--resume", "crafted", "--data", kLatin, "--epochs", "2"});
    EXPECT_EQ(answer.code, 4) << answer.err;
    EXPECT_THAT(answer.err, IsHarmless());
    EXPECT_THAT(answer.err, HasSubstr("\\u001b[31m"));
}

TEST_F(Names, ACheckpointThatSaysNothingOfItsDataIsRefused) {
    for (const char* missing : {"data_sha256", "data"}) {
        const fs::path folder = here() / "silent" / missing;
        fs::create_directories(folder);
        TensorFile file = read_safetensors(here() / ("run " + kLatin) / "checkpoint.safetensors");
        file.metadata.erase(missing);
        seal(file);
        write_safetensors(folder / "checkpoint.safetensors", file);
        const Answer answer = run({"--resume", folder.string(), "--data", kLatin, "--epochs", "2"});
        EXPECT_EQ(answer.code, 4) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(missing));
    }
}

TEST_F(Names, AStepAndAHistoryThatDoNotBelongTogetherAreRefused) {
    const fs::path folder = here() / "torn";
    fs::create_directories(folder);
    TensorFile file = read_safetensors(here() / ("run " + kLatin) / "checkpoint.safetensors");
    file.tensors["step"] = tensor_of(std::int64_t{1} << 40);
    file.tensors["losses"] = tensor_of(std::vector<float>(), {0});
    seal(file);
    write_safetensors(folder / "checkpoint.safetensors", file);
    const Answer answer = run({"--resume", "torn", "--data", kLatin, "--epochs", "2"});
    EXPECT_EQ(answer.code, 4) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("history"));
}

TEST_F(Names, APlanThatNoTrainingHasIsRefused) {
    const fs::path folder = here() / "planned";
    fs::create_directories(folder);
    const TensorFile sound = read_safetensors(here() / ("run " + kLatin) / "checkpoint.safetensors");
    for (const char* epochs : {"4294967298", "-1", "0", "1e300", "2.5", "18446744073709551615", "\"2\"", "null"}) {
        TensorFile file = sound;
        auto plan = nlohmann::json::parse(file.metadata.at("plan"));
        plan["epochs"] = nlohmann::json::parse(epochs);
        file.metadata["plan"] = plan.dump();
        seal(file);
        write_safetensors(folder / "checkpoint.safetensors", file);
        const Answer answer = run({"--resume", "planned", "--data", kLatin});
        EXPECT_EQ(answer.code, 4) << epochs << ": " << answer.err;
        EXPECT_THAT(answer.err, HasSubstr("the plan in its metadata"));
    }
}

}  // namespace
}  // namespace ae::test
