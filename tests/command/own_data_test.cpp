// Commands use the data that a model was trained on, and the choice of images.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ae/dataset.h"
#include "ae/model.h"
#include "file/npy.h"
#include "program.h"

namespace ae::own_data_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
    /// The JSON document of a command, and what it says besides.
    std::pair<json, std::string> document_of(std::vector<std::string> words) const {
        words.insert(words.end(), {"--engine", "cpu", "--json"});
        const Answer answer = run_program_well(words, here());
        return {json::parse(answer.out), answer.err};
    }
    json eval(std::vector<std::string> more = {}, const std::string& model = "place/run") const {
        more.insert(more.begin(), {"eval", model});
        return document_of(std::move(more)).first;
    }
    /// The images of a part of a set with labels from `first` to `last`.
    int images_of(const std::string& set, const std::string& part, int first, int last) const {
        const std::string labels = content_of(here() / set / (part + "-labels-idx1-ubyte")).substr(8);
        return static_cast<int>(std::ranges::count_if(labels, [&](char l) { return l >= first && l <= last; }));
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

/// A command that measures a model.
struct Use {
    std::vector<std::string> words;
    std::vector<std::string> others;  ///< name other images than the model's own
    std::string measured;             ///< in its JSON document: the number of images, or what depends on all of them
    std::string name;                 ///< in the same: of the data; "" where it has none
};

TEST_F(OwnDataOfAModel, IsWhatEveryCommandTakesUnlessToldOtherwise) {
    write_idx_folder(here() / "other", 300, 90, kSide, 9);
    put(here() / "x.npy", serialize_npy(std::vector<float>(144, 0.5f), std::vector<std::uint64_t>{1, 12, 12}));
    const std::vector<std::string> by_option{"--data", "other", "--labels", "5-9"};
    const std::vector<Use> uses{
        {{"eval", "place/run"}, by_option, "/images", "/data"},
        {{"probe", "place/run"}, by_option, "/test_images", "/data"},
        {{"report", "place/run"}, by_option, "/images", "/data"},
        {{"rd", "place/run"}, {"other"}, "/images", "/input"},
        {{"denoise", "place/run", "x.npy", "--add-noise", "gaussian:0.2"}, by_option, "/ridge/psnr", ""}};
    for (const Use& use : uses) {
        SCOPED_TRACE(use.words[0]);
        const auto [own, own_says] = document_of(use.words);
        EXPECT_THAT(own_says, AllOf(HasSubstr("data     data: 600 training and 200 test images"),
                                    HasSubstr("         of it labels 0-4\n")));
        std::vector<std::string> words = use.words;
        words.insert(words.end(), use.others.begin(), use.others.end());
        const auto [other, other_says] = document_of(words);
        EXPECT_THAT(other_says, AllOf(HasSubstr("other: 300 training and 90 test images"),
                                      Not(HasSubstr("data     data:")), Not(HasSubstr("labels 0-4"))));
        const bool has_labels = use.others == by_option;
        EXPECT_EQ(other_says.find("         of it labels 5-9\n") != std::string::npos, has_labels) << other_says;
        const json::json_pointer measured(use.measured);
        EXPECT_NE(own.at(measured), other.at(measured));
        if (use.name.empty()) continue;
        EXPECT_EQ(own.at(measured), images_of("place/data", "t10k", 0, 4));
        EXPECT_EQ(other.at(measured), images_of("other", "t10k", has_labels ? 5 : 0, 9));
        const json::json_pointer name(use.name);
        EXPECT_THAT(own.at(name), testing::StartsWith("data, labels 0-4"));
        EXPECT_THAT(other.at(name), testing::StartsWith(has_labels ? "other, labels 5-9" : "other (test images)"));
    }
}

TEST_F(OwnDataOfAModel, IsWhatIsReconstructedUnlessToldOtherwise) {
    write_idx_folder(here() / "other", 300, 90, kSide, 9);
    const auto rows = [&](const std::vector<std::string>& others, const std::string& says) {
        std::vector<std::string> words{"reconstruct", "place/run", "-o", "images.npy"};
        words.insert(words.end(), others.begin(), others.end());
        EXPECT_THAT(run_program_well(words, here()).err, HasSubstr(says));
        return read_npy(here() / "images.npy").shape.front();
    };
    EXPECT_EQ(rows({}, "of it labels 0-4"), images_of("place/data", "t10k", 0, 4));
    EXPECT_EQ(rows({"--labels", "2"}, "of it labels 2"), images_of("place/data", "t10k", 2, 2));
    EXPECT_EQ(rows({"--data", "other"}, "data     other: "), 90u);
}

TEST_F(OwnDataOfAModel, IsWhatThresholdsAreSetByUnlessToldOtherwise) {
    write_idx_folder(here() / "other", 300, 90, kSide, 9);
    const auto fit = [&](const std::vector<std::string>& others) {
        std::vector<std::string> words{"anomaly", "fit", "place/run", "-o", "x.safetensors", "--false-alarm-rate",
                                       "0.2"};
        words.insert(words.end(), others.begin(), others.end());
        return document_of(words);
    };
    const auto images = [](const json& fitted) {
        return fitted.at("reference").get<int>() + fitted.at("held_out").get<int>();
    };
    const auto [own, own_says] = fit({});
    EXPECT_EQ(images(own), images_of("place/data", "train", 0, 4));
    EXPECT_THAT(own.at("normal"), testing::EndsWith(" of data (training images, labels 0-4)"));
    EXPECT_THAT(own_says, HasSubstr("of it labels 0-4"));
    const json few = fit({"--labels", "2,3"}).first;
    EXPECT_EQ(images(few), images_of("place/data", "train", 2, 3));
    EXPECT_THAT(few.at("normal"), testing::EndsWith(" of data (training images, labels 2,3)"));
    const json input = fit({"other"}).first;
    EXPECT_EQ(images(input), images_of("other", "t10k", 0, 4)) << "of the labels that it was trained on";
    EXPECT_THAT(input.at("normal"), HasSubstr(" of other (test images)"));
    const json calibrated = fit({"--calibrate", "other:train"}).first;
    EXPECT_EQ(calibrated.at("held_out"), images_of("other", "train", 0, 4));
    EXPECT_THAT(calibrated.at("normal"), HasSubstr(" of data, labels 0-4, thresholds from "));
    const Answer refused = run({"anomaly", "fit", "place/run", "-o", "y.safetensors", "--data", "other"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--data other: place/run was not trained on these images"));
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
        return run_program_well(arguments, here()).out;
    };
    well({"--data", "place/data", "--transpose", "--layers", "8", "--engine", "cpu", "--epochs", "2", "--out",
          "turned"});
    EXPECT_EQ(load_model(here() / "turned/model.safetensors").metadata.at("data_transpose"), "1");
    EXPECT_EQ(json::parse(content_of(here() / "turned/config.json")).at("transpose"), true);
    put(here() / "by_hand.npy", turned(here() / "place/data/t10k-images-idx3-ubyte", kSide));
    const auto note_of = [&](std::vector<std::string> arguments) { return run(arguments).err; };
    EXPECT_THAT(note_of({"encode", "turned", "by_hand.npy", "-o", "codes.npy"}), HasSubstr("--transpose swaps them"));
    EXPECT_THAT(note_of({"encode", "turned", "place/data", "--transpose", "-o", "same.npy"}), Not(HasSubstr("note ")));
    EXPECT_TRUE(content_of(here() / "same.npy") == content_of(here() / "codes.npy"));
    well({"decode", "turned", "codes.npy", "-o", "expected.npy"});
    EXPECT_TRUE(well({"reconstruct", "turned", "-o", "-"}) == content_of(here() / "expected.npy"));
    const double loss = std::stod(load_model(here() / "turned/model.safetensors").metadata.at("val_loss"));
    EXPECT_NEAR(eval({}, "turned").at("bce").get<double>(), loss, 1e-5);
    well({"--resume", "turned", "--epochs", "3"});
}

}  // namespace
}  // namespace ae::own_data_test
