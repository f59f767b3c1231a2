// Commands use the data that a model was trained on, and the choice of images.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "file/npy.h"
#include "program.h"

namespace ae::own_data_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;

constexpr int kTrainingImages = 600, kTestImages = 200, kSide = 12;

/// A run on the labels 0 to 4 of a folder's images, a quarter of which are held out.
class OwnDataOfAModel : public testing::Test {
protected:
    OwnDataOfAModel() {
        fs::create_directory(here() / "place");
        write_idx_folder(here() / "place/data", kTrainingImages, kTestImages, kSide);
        EXPECT_EQ(run({"--data", "place/data", "--layers", "144-16-144", "--batch-size", "32", "--engine", "cpu",
                       "--epochs", "2", "--digits", "0-4", "--val", "split:0.25", "--out", "place/run"})
                      .code,
                  0);
    }

    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }
    json eval(std::vector<std::string> more = {}, const std::string& model = "place/run") const {
        more.insert(more.begin(), {"eval", model, "--engine", "cpu", "--json"});
        const Answer answer = run(more);
        EXPECT_EQ(answer.code, 0) << answer.err;
        return answer.code == 0 ? json::parse(answer.out) : json();
    }
    double in_metrics(const char* key) const {
        return std::stod(json::parse(run({"inspect", "place/run", "--json"}).out).at("metrics").at(key).dump());
    }

    TemporaryFolder folder_;
};

TEST_F(OwnDataOfAModel, IsWhatEvalMeasures) {
    const json test = eval(), val = eval({"--split", "val"}), train = eval({"--split", "train"});
    EXPECT_EQ(test.at("data"), "data, labels 0-4");
    EXPECT_NEAR(val.at("bce").get<double>(), in_metrics("val_loss"), 1e-5);
    EXPECT_NEAR(test.at("bce").get<double>(), in_metrics("test_loss"), 1e-5);
    EXPECT_NEAR(val.at("images").get<double>() / train.at("images").get<double>(), 1.0 / 3, 0.01);
}

TEST_F(OwnDataOfAModel, GivesWayToWhatIsNamed) {
    write_idx_folder(here() / "other", 64, 50, kSide, 9);
    EXPECT_EQ(eval({"--data", "other"}).at("images"), 50);
    EXPECT_EQ(eval({"--digits", "0-9"}).at("images"), kTestImages);
    const json few = eval({"--digits", "3"});
    EXPECT_EQ(few.at("data"), "data, labels 3");
    EXPECT_LT(few.at("images"), eval().at("images"));
    EXPECT_EQ(eval({"--data", "place/data"}).at("images"), eval().at("images")) << "the same data by their name";
}

TEST_F(OwnDataOfAModel, IsFoundWhereARunWasMovedWithIt) {
    const json before = eval();
    fs::rename(here() / "place", here() / "new");
    EXPECT_EQ(eval({}, "new/run").at("bce"), before.at("bce"));
    fs::rename(here() / "new/data", here() / "data");
    const Answer gone = run({"eval", "new/run"});
    EXPECT_EQ(gone.code, 3);
    EXPECT_THAT(gone.err, HasSubstr("is no longer there"));
    EXPECT_EQ(eval({"--data", "data"}, "new/run").at("bce"), before.at("bce"));
}

TEST_F(OwnDataOfAModel, IsRefusedWhereItHasChanged) {
    write_idx_folder(here() / "place/data", kTrainingImages, kTestImages, kSide, 5);
    const Answer answer = run({"eval", "place/run"});
    EXPECT_EQ(answer.code, 3);
    EXPECT_THAT(answer.err, HasSubstr("holds other training images now"));
    EXPECT_EQ(run({"eval", "place/run", "--data", "place/data"}).code, 0);
}

TEST_F(OwnDataOfAModel, IsWhatEveryCommandTakes) {
    const auto out_of = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--engine", "cpu"});
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, 0) << testing::PrintToString(arguments) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr("of it labels 0-4")) << arguments[0];
        return answer.out;
    };
    const int tested = eval().at("images");
    EXPECT_EQ(json::parse(out_of({"rd", "place/run", "--json"})).at("images"), tested);
    EXPECT_EQ(json::parse(out_of({"probe", "place/run", "--json"})).at("test_images"), tested);
    EXPECT_EQ(json::parse(out_of({"report", "place/run", "--json"})).at("images"), tested);
    out_of({"reconstruct", "place/run", "-o", "grid.png"});
    out_of({"anomaly", "fit", "place/run", "-o", "guard.safetensors", "--false-alarm-rate", "0.1"});
    put(here() / "x.npy", serialize_npy(std::vector<float>(144, 0.5f), std::vector<std::uint64_t>{1, 12, 12}));
    out_of({"denoise", "place/run", "x.npy", "--add-noise", "gaussian:0.2", "--report"});
}

TEST_F(OwnDataOfAModel, OfAnotherProgramIsAGuessThatIsSaid) {
    ASSERT_EQ(run({"export", "place/run", "-o", "weights.npz"}).code, 0);
    ASSERT_EQ(run({"import", "weights.npz", "-o", "foreign.safetensors"}).code, 0);
    const Answer answer = run({"eval", "foreign.safetensors", "--no-download"});
    EXPECT_NE(answer.code, 0);
    EXPECT_THAT(answer.err, HasSubstr("does not say what it was trained on; mnist is assumed"));
}

}  // namespace
}  // namespace ae::own_data_test
