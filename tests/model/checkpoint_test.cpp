#include "ae/checkpoint.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>

#include "ae/error.h"
#include "ae/model.h"
#include "failing_calls.h"
#include "file/safetensors.h"
#include "model/history_tensor.h"
#include "model/provenance.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using test::content_of;
using test::message_of;
using test::TemporaryFolder;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<float> counted(std::size_t n, float first) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = first + static_cast<float>(i) / 3;
    return values;
}

Checkpoint example() {
    Checkpoint c;
    c.settings.shape = Shape({3, 2, 3});
    c.settings.adam.learning_rate = 0.1 + 0.2;
    c.settings.adam.decay = Decay::linear;
    c.settings.adam.decay_steps = std::numeric_limits<std::uint64_t>::max();
    c.settings.activation = Activation::tanh;
    c.settings.code_activation = Activation::linear;
    c.settings.noise = {NoiseKind::gaussian, 0.1f, 1.0f / 3};
    c.settings.loss = Loss::mse;
    c.settings.scaling = Scaling::minmax;
    c.scale = {{0.1f, -2, 1e30f}, {1.0f / 3, 1, 1e-30f}};
    const std::size_t n = c.settings.shape.parameters();
    c.state = {(std::uint64_t(1) << 40) + 1, counted(n, -2), counted(n, 100), counted(n, 1e-30f), {0.25f, 1e-38f}};
    c.history = {{1, 0.1 + 0.2, 1.0 / 3, 5e-324, 1.5, 1e6}, {2, 0.1, 1.7976931348623157e308, 0.25, 1e-9, 123.456}};
    c.metadata = {{"data", "mnist"}, {"created", "2025-01-31T23:59:59Z"}};
    return c;
}

class CheckpointFile : public testing::Test {
protected:
    CheckpointFile() { save_checkpoint(path(), example()); }

    std::filesystem::path path() const { return folder_ / "checkpoint.safetensors"; }

    std::string refusal() const {
        return message_of<ModelError>([&] { load_checkpoint(folder_ / "changed"); });
    }

    /// The refusal of the example's file after a change, with a new checksum, so that another check refuses it.
    std::string refusal_of(const std::function<void(TensorFile&)>& change) const {
        TensorFile file = read_safetensors(path());
        change(file);
        seal(file);
        write_safetensors(folder_ / "changed", file);
        return refusal();
    }

    TemporaryFolder folder_{test::memory_or_disk()};
};

TEST_F(CheckpointFile, OfBeforeThereWereLossesAndScalesOpens) {
    TensorFile file = read_safetensors(path());
    auto settings = nlohmann::json::parse(file.metadata.at("settings"));
    settings.erase("loss"), settings.erase("scale");
    file.metadata["settings"] = settings.dump();
    file.tensors.erase("scale.offset"), file.tensors.erase("scale.factor");
    seal(file);
    write_safetensors(folder_ / "old", file);
    const Checkpoint old = load_checkpoint(folder_ / "old");
    EXPECT_EQ(old.settings.loss, Loss::bce);
    EXPECT_EQ(old.settings.scaling, Scaling::none);
    EXPECT_TRUE(old.scale.is_none());
    EXPECT_EQ(load_model(folder_ / "old").settings.loss, Loss::bce);
}

TEST_F(CheckpointFile, AScaleThatIsNoneIsRefused) {
    const auto set = [](const char* name, std::vector<float> values) {
        return [=](TensorFile& file) { file.tensors[name] = tensor_of(values, {values.size()}); };
    };
    EXPECT_THAT(refusal_of([](TensorFile& file) { file.tensors.erase("scale.offset"); }),
                HasSubstr("was trained with --scale minmax and its tensor scale.offset is missing"));
    EXPECT_THAT(refusal_of(set("scale.factor", {1, 2})), HasSubstr("tensor scale.factor is [2]; the network takes 3"));
    EXPECT_THAT(refusal_of(set("scale.factor", {1, 0, 1})), HasSubstr("holds 0; a scale's factors are above 0"));
    EXPECT_THAT(refusal_of(set("scale.factor", {1, -1, 1})), HasSubstr("holds -1"));
    EXPECT_THAT(refusal_of(set("scale.offset", {1, NAN, 1})), HasSubstr("tensor scale.offset holds nan"));
}

TEST_F(CheckpointFile, ComesBackWithTheSameBits) {
    const Checkpoint c = load_checkpoint(path()), expected = example();
    EXPECT_THAT(differences(c.settings, expected.settings), IsEmpty());
    EXPECT_EQ(c.settings.noise, expected.settings.noise);
    EXPECT_EQ(c.scale, expected.scale);
    EXPECT_EQ(c.state.step, expected.state.step);
    EXPECT_EQ(c.state.parameters, expected.state.parameters);
    EXPECT_EQ(c.state.m, expected.state.m);
    EXPECT_EQ(c.state.v, expected.state.v);
    EXPECT_EQ(c.state.losses, expected.state.losses);
    ASSERT_EQ(c.history.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(c.history[i].epoch, expected.history[i].epoch);
        EXPECT_EQ(c.history[i].loss, expected.history[i].loss);
        EXPECT_EQ(c.history[i].val_loss, expected.history[i].val_loss);
        EXPECT_EQ(c.history[i].val_mse, expected.history[i].val_mse);
        EXPECT_EQ(c.history[i].seconds, expected.history[i].seconds);
        EXPECT_EQ(c.history[i].images_per_s, expected.history[i].images_per_s);
    }
    EXPECT_EQ(c.metadata.at("data"), "mnist");
}

TEST_F(CheckpointFile, SavedAgainItIsTheSameFile) {
    save_checkpoint(folder_ / "again", load_checkpoint(path()));
    EXPECT_EQ(content_of(folder_ / "again"), content_of(path()));
}

TEST_F(CheckpointFile, BetweenEpochsThereAreNoLosses) {
    Checkpoint c = example();
    c.state.losses.clear();
    c.history.clear();
    save_checkpoint(path(), c);
    EXPECT_THAT(load_checkpoint(path()).state.losses, IsEmpty());
    EXPECT_THAT(load_checkpoint(path()).history, IsEmpty());
}

TEST_F(CheckpointFile, KeepsThatAFigureWasNotANumber) {
    Checkpoint c = example();
    c.history[0].val_mse = std::nan("");
    save_checkpoint(path(), c);
    EXPECT_TRUE(std::isnan(load_checkpoint(path()).history[0].val_mse));
}

TEST_F(CheckpointFile, HoldsTheMomentsUnderTheNamesOfTheirWeights) {
    const TensorFile file = read_safetensors(path());
    EXPECT_EQ(file.tensors.at("step"), tensor_of((std::int64_t(1) << 40) + 1));
    EXPECT_EQ(file.tensors.at("encoder.0.bias").shape, file.tensors.at("adam.m.encoder.0.bias").shape);
    const std::vector<float> m = counted(6, 100);
    EXPECT_EQ(file.tensors.at("adam.m.encoder.0.weight"),
              tensor_of(std::vector<float>{m[0], m[2], m[4], m[1], m[3], m[5]}, {2, 3}));
    EXPECT_EQ(file.tensors.size(), 3u * 4 + 3 + 2) << "with losses, step, history and scale";
}

TEST_F(CheckpointFile, RefusesEveryFlippedBit) {
    const std::string bytes = content_of(path());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        test::put(folder_ / "changed", damaged);
        ASSERT_NE(refusal(), "") << "bit " << bit << " of " << damaged.substr(bit / 8, 20);
    }
}

TEST_F(CheckpointFile, RefusesEveryTruncationAndWhatFollowsTheEnd) {
    const std::string bytes = content_of(path());
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        test::put(folder_ / "changed", bytes.substr(0, n));
        ASSERT_THAT(refusal(), HasSubstr(n < 8 ? "too few" : "cut short")) << n;
    }
    test::put(folder_ / "changed", bytes + '\0');
    EXPECT_THAT(refusal(), HasSubstr("1 bytes follow its last tensor"));
}

TEST_F(CheckpointFile, RefusesAVersionFromTheFuture) {
    const auto version = [](const std::string& text) {
        return [text](TensorFile& f) { f.metadata["checkpoint_version"] = text; };
    };
    EXPECT_THAT(refusal_of(version("3")), HasSubstr("of version 3, this ae_cuda reads up to 2; a newer one wrote it"));
    for (const char* bad : {"", "x", "1x", "0", "-1", "99999999999999999999"})
        EXPECT_THAT(refusal_of(version(bad)), HasSubstr("version is not a number")) << bad;
}

TEST_F(CheckpointFile, RefusesAModel) {
    save_model(folder_ / "changed", {example().settings, example().state.parameters, {}});
    EXPECT_THAT(refusal(), HasSubstr("is not a checkpoint (a model cannot be resumed)"));
}

TEST_F(CheckpointFile, RefusesWhatIsNotAsExpected) {
    const auto without = [&](const char* name) { return refusal_of([name](TensorFile& f) { f.tensors.erase(name); }); };
    EXPECT_THAT(without("step"), HasSubstr("no tensor step of I64 and 0 dimensions"));
    EXPECT_THAT(without("losses"), HasSubstr("no tensor losses of F32 and 1 dimensions"));
    EXPECT_THAT(without("adam.v.decoder.0.bias"),
                HasSubstr("adam.v.decoder.0.bias is missing; a network 3-2-3 has it"));
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.tensors["step"].dtype = Dtype::f64; }), HasSubstr("no tensor step"));
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.tensors["losses"].shape = {1, 2}; }), HasSubstr("no tensor losses"));
    EXPECT_THAT(refusal_of([](TensorFile& f) {
                    f.tensors["adam.m.encoder.0.bias"] = tensor_of(std::vector{1.0f, std::nanf("")}, {2});
                }),
                HasSubstr("adam.m.encoder.0.bias holds nan at place 1"));
}

TEST_F(CheckpointFile, RefusesAStepThatNoTrainingReaches) {
    for (const std::int64_t step : {std::int64_t(-1), std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max(), std::int64_t(1) << 60})
        EXPECT_THAT(refusal_of([&](TensorFile& f) { f.tensors["step"] = tensor_of(step); }),
                    HasSubstr("which no training reaches"))
            << step;
}

TEST_F(CheckpointFile, RefusesAHistoryThatIsNone) {
    const auto with_epochs = [](std::vector<int> epochs) {
        History history;
        for (const int epoch : epochs) history.push_back({.epoch = epoch});
        return history_tensor(history);
    };
    for (const std::vector<int>& epochs : {std::vector{2}, {1, 1}, {-5}, {1, 2, 4}, {0}})
        EXPECT_THAT(refusal_of([&](TensorFile& f) { f.tensors["history"] = with_epochs(epochs); }),
                    HasSubstr("history is not one of epochs"))
            << testing::PrintToString(epochs);
    Tensor half = with_epochs({1});
    half.bytes.replace(0, 8, std::string("\0\0\0\0\0\0\xF8\x3F", 8));  // 1.5
    EXPECT_THAT(refusal_of([&](TensorFile& f) { f.tensors["history"] = half; }), HasSubstr("history is not"));
    half.bytes.replace(0, 8, std::string("\0\0\0\0\0\0\xF8\x7F", 8));  // NaN
    EXPECT_THAT(refusal_of([&](TensorFile& f) { f.tensors["history"] = half; }), HasSubstr("history is not"));
    EXPECT_THAT(refusal_of([&](TensorFile& f) {
                    f.tensors["history"] = {Dtype::f64, {1, 2}, half.bytes.substr(0, 16)};
                }),
                HasSubstr("history is not"));
    EXPECT_THAT(refusal_of([&](TensorFile& f) { f.tensors.erase("history"); }), HasSubstr("no tensor history"));
}

/// As version 1 wrote it: the history in the metadata.
std::function<void(TensorFile&)> version_1(const std::string& history) {
    return [history](TensorFile& f) {
        f.tensors.erase("history");
        f.metadata["history"] = history;
        f.metadata["checkpoint_version"] = "1";
    };
}

TEST_F(CheckpointFile, ReadsTheHistoryOfVersion1) {
    EXPECT_EQ(refusal_of(
                  version_1(R"([{"epoch":1,"loss":0.5,"val_loss":null,"val_mse":0.25,"seconds":2,"images_per_s":7}])")),
              "");
    const Checkpoint c = load_checkpoint(folder_ / "changed");
    ASSERT_EQ(c.history.size(), 1u);
    EXPECT_EQ(c.history[0].epoch, 1);
    EXPECT_EQ(c.history[0].images_per_s, 7);
    EXPECT_TRUE(std::isnan(c.history[0].val_loss));
    save_checkpoint(folder_ / "again", c);
    EXPECT_FALSE(read_safetensors(folder_ / "again").metadata.contains("history"));
    for (const char* history : {"[1]", "[{}]", "1", R"([{"epoch":"x"}])"})
        EXPECT_THAT(refusal_of(version_1(history)), HasSubstr("its history is not")) << history;
}

TEST_F(CheckpointFile, AMillionEpochsStayReadable) {
    Checkpoint c = example();
    c.history.clear();
    for (int epoch = 1; epoch <= 1'000'000; ++epoch) c.history.push_back({epoch, 1.0 / epoch, 2, 3, 4, 5});
    save_checkpoint(path(), c);
    const History back = load_checkpoint(path()).history;
    ASSERT_EQ(back.size(), c.history.size());
    EXPECT_EQ(back.back().loss, 1e-6);
}

TEST_F(CheckpointFile, HoldsTextThatIsNotUtf8) {
    Checkpoint c = example();
    c.metadata["data_source"] = "caf\xE9";
    save_checkpoint(path(), c);
    EXPECT_EQ(load_checkpoint(path()).metadata.at("data_source"), "caf\xEF\xBF\xBD");
}

TEST_F(CheckpointFile, AFailedSaveLeavesTheOldCheckpointOrTheNew) {
    const std::string before = content_of(path());
    Checkpoint next = example();
    ++next.state.step;
    save_checkpoint(folder_ / "next", next);
    const std::string after = content_of(folder_ / "next");
    const int thrown = test::with_every_call_failing<OutputError>(
        EIO, [&] { test::put(path(), before); }, [&] { save_checkpoint(path(), next); },
        [&](const std::string&) { EXPECT_THAT(content_of(path()), AnyOf(before, after)); });
    EXPECT_GE(thrown, 12);
}

TEST(Differences, NamesEachSettingThatDiffers) {
    EXPECT_THAT(differences(Settings(), Settings()), IsEmpty());
    Settings asked;
    asked.shape = Shape({784, 32, 784});
    asked.batch_size = 128;
    asked.adam = {.learning_rate = 0.002, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-8};
    asked.adam.decay = Decay::cosine;
    asked.adam.decay_steps = 2350;
    asked.seed = 43;
    asked.activation = Activation::tanh;
    asked.code_activation = Activation::linear;
    asked.noise = Noise::parse("gaussian:0..0.6");
    EXPECT_THAT(
        differences(Settings(), asked),
        ElementsAre("layers: 784-128-64-128-784 in the checkpoint, 784-32-784 asked for",
                    "batch size: 256 in the checkpoint, 128 asked for",
                    "learning rate: 0.001 in the checkpoint, 0.002 asked for",
                    "beta1: 0.9 in the checkpoint, 0.8 asked for", "beta2: 0.999 in the checkpoint, 0.99 asked for",
                    "epsilon: 1e-07 in the checkpoint, 1e-08 asked for",
                    "schedule: constant in the checkpoint, cosine asked for",
                    "schedule's steps: 0 in the checkpoint, 2350 asked for", "seed: 42 in the checkpoint, 43 asked for",
                    "activation: relu in the checkpoint, tanh asked for",
                    "code activation: relu in the checkpoint, linear asked for",
                    "noise: none in the checkpoint, gaussian:0..0.6 asked for"));
}

}  // namespace
}  // namespace ae
