#include "ae/model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>

#include "ae/error.h"
#include "failing_calls.h"
#include "file/safetensors.h"
#include "model/provenance.h"
#include "temporary_folder.h"

namespace ae::model_test {
namespace {

using test::content_of;
using test::message_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

/// 4-3-2-4, parameters 0, 1, 2, …
Model example() {
    Model model;
    model.settings.shape = Shape({4, 3, 2, 4});
    model.settings.batch_size = 7;
    model.settings.adam = {.learning_rate = 0.1 + 0.2, .beta1 = 1.0 / 3, .beta2 = 0.9991, .epsilon = 1e-300};
    model.settings.seed = std::numeric_limits<std::uint64_t>::max();
    model.parameters.resize(model.settings.shape.parameters());
    for (std::size_t i = 0; i < model.parameters.size(); ++i) model.parameters[i] = static_cast<float>(i);
    model.metadata = {{"data", "mnist"}, {"created", "2025-01-31T23:59:59Z"}};
    return model;
}

class ModelFile : public testing::Test {
protected:
    ModelFile() { save_model(path(), example()); }

    std::filesystem::path path() const { return folder_ / "model.safetensors"; }

    /// The refusal of the example's file after a change, with a new checksum, so that another check refuses it.
    std::string refusal_of(const std::function<void(TensorFile&)>& change, bool sealed = true) const {
        TensorFile file = read_safetensors(path());
        change(file);
        if (sealed) seal(file);
        write_safetensors(folder_ / "changed", file);
        return message_of<ModelError>([&] { load_model(folder_ / "changed"); });
    }

    TemporaryFolder folder_{test::memory_or_disk()};
};

TEST_F(ModelFile, ComesBackWithTheSameBits) {
    const Model model = load_model(path());
    EXPECT_EQ(model.parameters, example().parameters);
    EXPECT_EQ(settings_json(model.settings), settings_json(example().settings));
    EXPECT_EQ(model.settings.adam.learning_rate, 0.1 + 0.2);
    EXPECT_EQ(model.settings.adam.beta1, 1.0 / 3);
    EXPECT_EQ(model.settings.seed, std::numeric_limits<std::uint64_t>::max());
    EXPECT_THAT(model.metadata, Contains(Pair("data", "mnist")));
    EXPECT_THAT(model.metadata, Contains(Pair("created", "2025-01-31T23:59:59Z")));
}

TEST_F(ModelFile, SavedAgainItIsTheSameFile) {
    save_model(folder_ / "again", load_model(path()));
    EXPECT_EQ(content_of(folder_ / "again"), content_of(path()));
}

TEST_F(ModelFile, HoldsWhatTorchExpects) {
    const TensorFile file = read_safetensors(path());
    ASSERT_EQ(file.tensors.size(), 6u);
    EXPECT_EQ(file.metadata.at("format"), "pt");
    EXPECT_EQ(file.metadata.at("shape"), "4-3-2-4");
    // W1 [4 × 3] is 0 … 11 row by row, so torch's weight [3, 4] holds its columns; b1 follows as 12, 13, 14.
    EXPECT_EQ(file.tensors.at("encoder.0.weight"),
              tensor_of(std::vector<float>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}, {3, 4}));
    EXPECT_EQ(file.tensors.at("encoder.0.bias"), tensor_of(std::vector<float>{12, 13, 14}, {3}));
    EXPECT_EQ(file.tensors.at("encoder.2.weight"), tensor_of(std::vector<float>{15, 17, 19, 16, 18, 20}, {2, 3}));
    EXPECT_EQ(file.tensors.at("decoder.0.weight"),
              tensor_of(std::vector<float>{23, 27, 24, 28, 25, 29, 26, 30}, {4, 2}));
}

TEST_F(ModelFile, AddsTheTimeWhereThereIsNone) {
    Model model = example();
    model.metadata.clear();
    save_model(path(), model);
    EXPECT_THAT(load_model(path()).metadata.at("created"), testing::MatchesRegex("20..-..-..T..:..:..Z"));
}

TEST_F(ModelFile, OfAnotherProgramIsKnownByItsTensors) {
    TensorFile file = read_safetensors(path());
    file.metadata = {{"format", "pt"}};
    write_safetensors(folder_ / "foreign", file);
    const Model model = load_model(folder_ / "foreign");
    EXPECT_EQ(model.settings.shape.text(), "4-3-2-4");
    EXPECT_EQ(model.settings.batch_size, Settings().batch_size);
    EXPECT_EQ(model.parameters, example().parameters);
}

TEST_F(ModelFile, RefusesEveryFlippedBitAndEveryTruncation) {
    const std::string bytes = content_of(path());
    const auto is_refused = [&](const std::string& damaged) {
        test::put(folder_ / "damaged", damaged);
        return !message_of<ModelError>([&] { load_model(folder_ / "damaged"); }).empty();
    };
    for (std::size_t n = 0; n < bytes.size(); ++n) ASSERT_TRUE(is_refused(bytes.substr(0, n))) << "cut at " << n;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        ASSERT_TRUE(is_refused(damaged)) << "bit " << bit << " of " << damaged.substr(bit / 8, 20);
    }
}

TEST_F(ModelFile, RefusesWeightsThatAreNotNumbers) {
    for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
        const auto change = [&](TensorFile& f) {
            f.tensors["decoder.0.bias"] = tensor_of(std::vector<float>{1, 2, bad, 4}, {4});
        };
        EXPECT_THAT(refusal_of(change), AllOf(HasSubstr("decoder.0.bias holds "), HasSubstr(" at place 2")));
    }
}

TEST_F(ModelFile, RefusesAnotherArchitectureAndNamesBoth) {
    EXPECT_THAT(refusal_of([](TensorFile& f) {
                    f.tensors["encoder.0.weight"].shape = {4, 3};
                }),
                HasSubstr("encoder.0.weight is F32 [4, 3]; in a network 4-3-2-4 it is F32 [3, 4]"));
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.tensors["encoder.0.bias"].dtype = Dtype::i32; }),
                HasSubstr("encoder.0.bias is I32 [3]; in a network 4-3-2-4 it is F32 [3]"));
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.tensors.erase("decoder.0.bias"); }),
                HasSubstr("decoder.0.bias is missing; a network 4-3-2-4 has it"));
    EXPECT_THAT(refusal_of([](TensorFile& f) {
                    f.tensors["head.weight"] = {Dtype::u8, {0}, ""};
                }),
                HasSubstr("head.weight has no place in a network 4-3-2-4"));
}

TEST_F(ModelFile, TakesNoMemoryForAShapeThatTheFileOnlyClaims) {
    const auto change = [](TensorFile& f) {
        f.metadata["settings"].replace(f.metadata["settings"].find("4-3-2-4"), 7, "30000-30000-30000");
    };
    EXPECT_THAT(refusal_of(change), HasSubstr("it is F32 [30000, 30000]"));
}

TEST_F(ModelFile, RefusesForeignTensorsThatMakeNoAutoencoder) {
    const auto foreign = [](auto change) {
        return [change](TensorFile& f) {
            f.metadata.clear();
            change(f.tensors);
        };
    };
    using Tensors = std::map<std::string, Tensor>;
    EXPECT_THAT(refusal_of(foreign([](Tensors& t) { t.clear(); }), false), HasSubstr("no tensor encoder.0.weight"));
    EXPECT_THAT(refusal_of(foreign([](Tensors& t) { t["encoder.0.weight"].shape = {12}; }), false),
                HasSubstr("a weight is F32 [12], expected a matrix"));
    EXPECT_THAT(refusal_of(foreign([](Tensors& t) { t.erase("decoder.0.weight"); }), false),
                HasSubstr("the output has 2 pixels, the input 4"));
    EXPECT_THAT(refusal_of(foreign([](Tensors& t) {
                               t["encoder.0.weight"] = {Dtype::u8, {0, 70000}, ""};
                           }),
                           false),
                HasSubstr("expected a matrix of at most"));
}

TEST_F(ModelFile, RefusesBrokenMetadata) {
    const auto settings = [](const std::string& text) {
        return [text](TensorFile& f) { f.metadata["settings"] = text; };
    };
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.metadata.erase("settings"); }), HasSubstr("has no 'settings'"));
    EXPECT_THAT(refusal_of(settings("{")), HasSubstr("'settings' in its metadata is not JSON"));
    EXPECT_THAT(refusal_of(settings("[]")), HasSubstr("are not those of a training run"));
    const std::string good = settings_json(example().settings).dump();
    for (const auto& [from, to] : std::map<std::string, std::string>{{"\"batch_size\":7", "\"batch_size\":0"},
                                                                     {"0.9991", "1.0"},
                                                                     {"1e-300", "-1e-7"},
                                                                     {"4-3-2-4", "4-3-2-5"},
                                                                     {"18446744073709551615", "\"x\""}}) {
        std::string bad = good;
        bad.replace(bad.find(from), from.size(), to);
        EXPECT_THAT(refusal_of(settings(bad)), HasSubstr("are not those of a training run")) << bad;
    }
    for (const char* batch_size : {"1e300", "4294967303", "-4294967289", "7.5", "true", "null"}) {
        std::string bad = good;
        bad.replace(bad.find("\"batch_size\":7"), 14, fmt::format("\"batch_size\":{}", batch_size));
        EXPECT_THAT(refusal_of(settings(bad)), HasSubstr("are not those of a training run")) << bad;
    }
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.metadata.erase("crc32"); }, false), HasSubstr("checksum is missing"));
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.metadata["data"] = "other"; }, false), HasSubstr("has the checksum "));
}

TEST_F(ModelFile, ArraysOfApplicationsComeBack) {
    Model model = example();
    model.arrays["anomaly.codes"] = {{2, 3}, {1, 2, 3, 4, 5, 6}};
    model.arrays["anomaly.scores.mse"] = {{2}, {0.25f, 0.5f}};
    save_model(path(), model);
    EXPECT_EQ(load_model(path()).arrays, model.arrays);
    EXPECT_EQ(load_model(path()).parameters, model.parameters);
    EXPECT_EQ(read_safetensors(path()).tensors.at("anomaly.codes").shape, (std::vector<std::uint64_t>{2, 3}));
}

TEST_F(ModelFile, RefusesDamagedArrays) {
    const auto with = [&](const Tensor& tensor) {
        return [tensor](TensorFile& f) { f.tensors["anomaly.codes"] = tensor; };
    };
    EXPECT_THAT(refusal_of(with(tensor_of(std::vector<float>{1, std::nanf(""), 3}, {3}))),
                HasSubstr("anomaly.codes holds nan at place 1"));
    EXPECT_THAT(refusal_of(with(tensor_of(std::int64_t{7}))), HasSubstr("anomaly.codes is I64 [], expected floats"));
    EXPECT_THAT(refusal_of(with(tensor_of(std::vector<float>{1, 2}, {2})), false), HasSubstr("has the checksum "));
}

TEST_F(ModelFile, AModelThatClaimsToBeACheckpointIsRefused) {
    EXPECT_THAT(refusal_of([](TensorFile& f) { f.metadata["checkpoint_version"] = "1"; }), HasSubstr("history"));
}

TEST_F(ModelFile, AFailedSaveLeavesTheOldModelOrTheNew) {
    const std::string before = content_of(path());
    Model other = example();
    other.parameters[0] = 42;
    save_model(folder_ / "other", other);
    const std::string after = content_of(folder_ / "other");
    const int thrown = test::with_every_call_failing<OutputError>(
        ENOSPC, [&] { test::put(path(), before); }, [&] { save_model(path(), other); },
        [&](const std::string&) { EXPECT_THAT(content_of(path()), AnyOf(before, after)); });
    EXPECT_GE(thrown, 12);
}

}  // namespace
}  // namespace ae::model_test
