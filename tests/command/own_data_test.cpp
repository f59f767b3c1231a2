// Commands use the data that a model was trained on, and the choice of images.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "ae/dataset.h"
#include "ae/model.h"
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

/// The images of an IDX file with rows and columns swapped, as an array: what a command that is handed it takes as is.
std::string turned(const fs::path& idx, std::size_t side) {
    const std::vector<std::uint8_t> images = read_idx(idx).values;
    const std::size_t pixels = side * side;
    std::vector<std::uint8_t> other(images.size());
    for (std::size_t i = 0; i < images.size(); ++i) {
        const std::size_t row = i % pixels / side, column = i % side;
        other[i - i % pixels + column * side + row] = images[i];
    }
    return serialize_npy(other, std::vector<std::uint64_t>{images.size() / pixels, side, side});
}

/// The images are square, so that their size does not tell which way round they lie.
TEST_F(OwnDataOfAModel, IsTransposedAgainUnasked) {
    const auto well = [&](const std::vector<std::string>& arguments) {
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, 0) << arguments[0] << answer.err;
        return answer.out;
    };
    well({"--data", "place/data", "--transpose", "--layers", "8", "--engine", "cpu", "--epochs", "2", "--out",
          "turned"});
    EXPECT_EQ(load_model(here() / "turned/model.safetensors").metadata.at("data_transpose"), "1");
    EXPECT_EQ(json::parse(content_of(here() / "turned/config.json")).at("transpose"), true);
    put(here() / "by_hand.npy", turned(here() / "place/data/t10k-images-idx3-ubyte", kSide));
    well({"encode", "turned", "by_hand.npy", "-o", "codes.npy"});
    well({"decode", "turned", "codes.npy", "-o", "expected.npy"});
    EXPECT_TRUE(well({"reconstruct", "turned", "-o", "-"}) == content_of(here() / "expected.npy"));
    const double loss = std::stod(load_model(here() / "turned/model.safetensors").metadata.at("val_loss"));
    EXPECT_NEAR(eval({}, "turned").at("bce").get<double>(), loss, 1e-5);
    well({"--resume", "turned", "--epochs", "3"});
}

}  // namespace
}  // namespace ae::own_data_test
