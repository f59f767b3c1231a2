// A person's own data, from training to every command that applies the model.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "file/csv.h"
#include "file/jpeg.h"
#include "file/npy.h"
#include "file/picture.h"
#include "file/png_reader.h"
#include "picture_text.h"
#include "program.h"

namespace ae::test::own_files_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Bytes = std::vector<std::uint8_t>;

/// A bright block on a darker ground, in colours that depend on the number.
Picture block(int number, int size) {
    Picture picture{size, size, Bytes(static_cast<std::size_t>(size * size * 3), 20), 3};
    for (int y = size / 4; y < size / 2; ++y)
        for (int x = number % (size / 2); x < number % (size / 2) + size / 3; ++x)
            for (int c = 0; c < 3; ++c) picture.at(x, y, c) = static_cast<std::uint8_t>((number * 37 + c * 90) % 256);
    return picture;
}

class OwnFiles : public testing::Test {
protected:
    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }
    Answer train(const std::string& data, std::vector<std::string> more = {}) const {
        std::vector<std::string> all{"--data", data,       "--engine", "cpu",   "--threads",
                                     "1",      "--epochs", "2",        "--out", "run"};
        all.insert(all.end(), more.begin(), more.end());
        return run(all);
    }
    std::string run_well(const std::vector<std::string>& arguments) const {
        const Answer answer = run_program_well(arguments, here());
        return answer.out + answer.err;
    }
    void write_pictures(const std::string& name, int count, int size = 8) const {
        for (int i = 0; i < count; ++i) {
            const fs::path folder = here() / name / (i % 2 == 0 ? "even" : "odd");
            fs::create_directories(folder);
            const Picture picture = block(i, size);
            if (i % 3 == 0)
                put(folder / (std::to_string(i) + ".jpg"), encode_jpeg(picture, 95));
            else
                put(folder / (std::to_string(i) + ".png"), encode_png(picture));
        }
    }
    std::vector<std::uint64_t> shape_of(const std::string& npy) const { return read_npy(here() / npy).shape; }

    Picture coloured(const std::string& png) const {
        return parse_png_in_colour(content_of(here() / png), png, 0, 10'000'000);
    }
    bool is_in_colour(const std::string& png) const { return has_colour(coloured(png)); }

    TemporaryFolder folder_;
};

TEST_F(OwnFiles, AFolderOfColourPicturesGoesThroughEveryCommand) {
    write_pictures("pictures", 40);
    const Answer trained = train("pictures", {"--layers", "16-4-16"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_THAT(trained.err, AllOf(HasSubstr("pictures: 40 images, none of them test images, of 8×8×3"),
                                   HasSubstr("2 labels: even, odd"), HasSubstr("a tenth is held out by the seed"),
                                   HasSubstr("images   36 to train on, 4 to validate on\n"),
                                   HasSubstr("--layers 16-4-16 are the hidden layers of 192-16-4-16-192"),
                                   HasSubstr("batch 36 (1 steps an epoch)")));
    const std::string png = content_of(here() / "run/reconstructions.png");
    EXPECT_EQ(png[25], 2) << "colour type: red, green, blue";
    EXPECT_TRUE(has_text(coloured("run/reconstructions.png"), "rebuilt from\n4 numbers\n\nbelow: mean\nsquared error"));
    EXPECT_THAT(run_well({"eval", "run", "--data", "pictures"}), HasSubstr("BCE"));
    run_well({"reconstruct", "run", "--data", "pictures", "--count", "3", "-o", "grid.png", "--show"});
    run_well({"encode", "run", "pictures", "-o", "codes.npy"});
    EXPECT_EQ(shape_of("codes.npy"), (std::vector<std::uint64_t>{40, 4}));
    run_well({"decode", "run", "codes.npy", "-o", "images.npy"});
    EXPECT_EQ(shape_of("images.npy"), (std::vector<std::uint64_t>{40, 8, 8, 3}));
    run_well({"encode", "run", "images.npy", "-o", "again.npy"});
    run_well({"compress", "run", "pictures", "-o", "p.aez"});
    run_well({"decompress", "p.aez", "--model", "run", "-o", "unpacked.npy"});
    EXPECT_EQ(shape_of("unpacked.npy"), (std::vector<std::uint64_t>{40, 8, 8, 3}));
    run_well({"denoise", "run", "pictures", "--add-noise", "gaussian:0.2", "-o", "d.png"});
    EXPECT_TRUE(has_text(coloured("d.png"), "noisy\n(below: PSNR)"));
    EXPECT_TRUE(has_text(coloured("d.png"), "3x3 median"));
    run_well({"denoise", "run", "pictures/even/2.png", "-o", "one.npy"});
    EXPECT_EQ(shape_of("one.npy"), (std::vector<std::uint64_t>{1, 8, 8, 3}));
    run_well({"rd", "run", "pictures"});
    EXPECT_THAT(run_well({"eval", "run"}), HasSubstr("4 test images of pictures")) << "those that were held out";
    EXPECT_THAT(content_of(here() / "run/config.json"), HasSubstr("\"val\": \"split:0.1\""));
    run_well({"report", "run"});
    run_well({"anomaly", "fit", "run", "-o", "g.safetensors", "--false-alarm-rate", "0.5"});
    run_well({"anomaly", "score", "g.safetensors", "pictures", "--error-maps", "maps.png"});
    run_well({"anomaly", "score", "g.safetensors", "pictures", "--error-maps", "maps/"});
    EXPECT_TRUE(fs::exists(here() / "maps/even/2.png"));
    run_well({"--resume", "run", "--epochs", "3"});
}

TEST_F(OwnFiles, EveryPictureOfAModelOfColoursIsInColour) {
    write_pictures("pictures", 40);
    ASSERT_EQ(train("pictures", {"--layers", "16-4-16"}).code, 0);
    run_well({"reconstruct", "run", "--count", "3", "-o", "rebuilt.png"});
    run_well({"denoise", "run", "pictures", "--count", "3", "-o", "denoised.png"});
    run_well({"encode", "run", "pictures", "-o", "codes.npy"});
    run_well({"decode", "run", "codes.npy", "-o", "decoded.png"});
    run_well({"compress", "run", "pictures", "-o", "p.aez"});
    run_well({"decompress", "p.aez", "--model", "run", "-o", "unpacked.png"});
    run_well({"decompress", "p.aez", "--model", "run", "-o", "one.png", "--index", "3"});
    for (const char* png :
         {"run/reconstructions.png", "rebuilt.png", "denoised.png", "decoded.png", "unpacked.png", "one.png"})
        EXPECT_TRUE(is_in_colour(png)) << png;
}

TEST_F(OwnFiles, AModelOfColoursTakesGreyPicturesInEveryCommand) {
    write_pictures("pictures", 40);
    ASSERT_EQ(train("pictures", {"--layers", "16-4-16"}).code, 0);
    fs::create_directory(here() / "grey");
    put(here() / "grey/0.png", encode_png({8, 8, Bytes(64, 90)}));
    put(here() / "colour.npy", serialize_npy(Bytes(64 * 3, 90), std::vector<std::uint64_t>{1, 8, 8, 3}));
    const auto bce = [&](const char* data) {
        return nlohmann::json::parse(run({"eval", "run", "--data", data, "--json"}).out).at("bce").get<double>();
    };
    EXPECT_EQ(bce("grey"), bce("colour.npy"));
    EXPECT_EQ(run({"encode", "run", "grey", "-o", "-"}).out, run({"encode", "run", "colour.npy", "-o", "-"}).out);
}

/// In a text of base64 the colour type of a PNG, its 26th byte, is in the 35th and 36th letters: grey would be AA.
TEST_F(OwnFiles, AReportOnAModelOfColoursShowsThem) {
    write_pictures("pictures", 40);
    ASSERT_EQ(train("pictures", {"--layers", "16-4-16"}).code, 0);
    run_well({"report", "run"});
    const std::string page = content_of(here() / "run/report.html"), begin = "data:image/png;base64,";
    int pictures = 0;
    for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1), ++pictures)
        EXPECT_EQ(page.substr(at + begin.size() + 32, 4), "CAIA") << "picture " << pictures << " of the page";
    EXPECT_GT(pictures, 1);
}

TEST_F(OwnFiles, AModelOfColoursIsTheFirstOfAnother) {
    write_pictures("pictures", 40);
    write_pictures("others", 30);
    ASSERT_EQ(train("pictures", {"--layers", "16-4-16"}).code, 0);
    const std::string said =
        run_well({"--init", "run", "--data", "others", "--epochs", "1", "--lr", "1e-9", "--out", "next"});
    EXPECT_THAT(said, AllOf(HasSubstr("init     the weights of run; new: data others (was pictures), "),
                            HasSubstr("learning rate 1e-09 (was 0.001)"), HasSubstr("batch size 27 (was 36)"),
                            HasSubstr("model    192-16-4-16-192")));
    const auto bce = [&](const std::string& model) -> double {
        return nlohmann::json::parse(run({"eval", model, "--data", "pictures", "--json"}).out).at("bce");
    };
    EXPECT_NEAR(bce("next"), bce("run"), 1e-4) << "a learning rate that changes nothing";
    put(here() / "wide.npy", serialize_npy(Bytes(20 * 12 * 16, 9), std::vector<std::uint64_t>{20, 12, 16}));
    EXPECT_THAT(run_well({"--init", "run", "--data", "wide.npy", "--epochs", "1", "--out", "wide"}),
                HasSubstr("new: data wide.npy (was pictures), images 12×16 (was 8×8×3), "));
    const Answer grey = run({"--init", "run", "--data", "pictures", "--gray", "--out", "grey"});
    EXPECT_EQ(grey.code, 2);
    EXPECT_THAT(grey.err, HasSubstr("192"));
    EXPECT_FALSE(fs::exists(here() / "grey"));
}

/// "Ink" is a word for drawings: a photograph that is darker than all others has none.
TEST_F(OwnFiles, PicturesThatAreDarkerThanAllNormalOnesAreCalledDark) {
    write_pictures("pictures", 40);
    ASSERT_EQ(train("pictures", {"--layers", "16-4-16"}).code, 0);
    run_well({"anomaly", "fit", "run", "-o", "g.safetensors", "--false-alarm-rate", "0.5"});
    Picture dark = block(3, 8);
    for (std::uint8_t& value : dark.pixels) value = static_cast<std::uint8_t>(value / 10);
    fs::create_directory(here() / "night");
    put(here() / "night/0.png", encode_png(dark));
    const std::string said = run_well({"anomaly", "score", "g.safetensors", "night"});
    EXPECT_THAT(said, AllOf(HasSubstr("too dark\n"),
                            HasSubstr("1 images: 0 normal, 0 anomalous (0.00 %), 1 too dark; combined above "),
                            HasSubstr("too dark: less than half as bright as the darkest normal image")));
    EXPECT_THAT(said, Not(HasSubstr("ink")));
    EXPECT_THAT(run_well({"anomaly", "score", "g.safetensors", "pictures"}), Not(HasSubstr("too dark: ")));
}

TEST_F(OwnFiles, RequestsAreSaidAndKeptWithTheModel) {
    write_pictures("pictures", 24, 12);
    const Answer trained = train("pictures", {"--layers", "8", "--gray", "--resize", "6x5"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_THAT(trained.err,
                AllOf(HasSubstr("turned to grey"), HasSubstr("brought to 5×6 pixels"), HasSubstr("model    30-8-30")));
    run_well({"encode", "run", "pictures", "-o", "codes.npy"});
    EXPECT_EQ(shape_of("codes.npy"), (std::vector<std::uint64_t>{24, 8}));
    run_well({"eval", "run", "--data", "pictures"});
    run_well({"--resume", "run", "--epochs", "3"});
    const auto config = nlohmann::json::parse(content_of(here() / "run/config.json"));
    EXPECT_EQ(config.at("resize"), "6x5");
    EXPECT_EQ(config.at("gray"), true);
    run_well({"--config", "run/config.json", "--out", "again"});
}

TEST_F(OwnFiles, AnArray) {
    Bytes pixels(50 * 6 * 6);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 % 256);
    const std::vector<std::uint64_t> shape{50, 6, 6};
    put(here() / "x.npy", serialize_npy(pixels, shape));
    const Answer trained = train("x.npy");
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_THAT(trained.err,
                AllOf(HasSubstr("model    36-128-64-128-36"), HasSubstr("batch 45"), Not(HasSubstr("--layers"))));
    run_well({"eval", "run", "--data", "x.npy"});
    run_well({"encode", "run", "x.npy", "-o", "codes.npy"});
    EXPECT_EQ(train("x.npy", {"--batch-size", "46", "--force"}).code, 2);
    EXPECT_EQ(train("x.npy", {"--val", "test", "--force"}).code, 2);
    EXPECT_EQ(train("x.npy", {"--resize", "6", "--force"}).code, 2);
}

/// A million images of one pixel are a small file, and their batch before 65,536 units 2^36 numbers, four times.
TEST_F(OwnFiles, ABatchLargerThanAnyMemoryIsRefused) {
    constexpr std::size_t kMany = 1'000'000;
    put(here() / "many.npy", serialize_npy(Bytes(kMany), std::vector<std::uint64_t>{kMany, 1}));
    const Answer answer =
        train("many.npy", {"--layers", "65536-1-65536-1-65536-1-65536", "--batch-size", "900000", "--quiet"});
    EXPECT_EQ(answer.code, 5) << answer.err;
    EXPECT_THAT(answer.err, AllOf(HasSubstr("ae_cuda: out of memory: a network 1-65536-1-65536-1-"),
                                  HasSubstr(" 1887.5 GB for batches of 900000; a smaller --batch-size needs less")));
    EXPECT_FALSE(fs::exists(here() / "run"));
}

TEST_F(OwnFiles, ATable) {
    std::string text = "id,a,b,c,kind\n";
    for (int i = 0; i < 60; ++i)
        text += "row" + std::to_string(i) + "," + std::to_string(i) + "," + std::to_string(2 * i) + "," +
                std::to_string(255 - i) + "," + (i % 2 == 0 ? "x" : "y") + "\n";
    put(here() / "t.csv", text);
    const Answer trained = train("t.csv", {"--label", "kind", "--ignore", "id", "--layers", "2", "--val", "split:0.5"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_THAT(trained.err,
                AllOf(HasSubstr("60 images, none of them test images, of 1×3"), HasSubstr("2 labels: x, y"),
                      HasSubstr("images   30 to train on, 30 to validate on")));
    run_well({"eval", "run", "--data", "t.csv"});
    run_well({"encode", "run", "t.csv", "-o", "codes.npy"});
    EXPECT_EQ(shape_of("codes.npy"), (std::vector<std::uint64_t>{60, 2}));
    const Answer wrong = train("t.csv", {"--label", "kind", "--force"});
    EXPECT_EQ(wrong.code, 3);
    EXPECT_THAT(wrong.err, HasSubstr("t.csv: line 2, column id: 'row0' is not a finite number; --ignore"));
    EXPECT_EQ(train("t.csv", {"--label", "species", "--force"}).code, 2);
}

/// Kaggle's archives have a train.csv, and a test.csv without labels: the former is the set, the latter an input.
TEST_F(OwnFiles, AFolderOfATableAndAnotherWithoutLabels) {
    std::string train_table = "label,pixel0,pixel1,pixel2,pixel3\n", test_table = "pixel0,pixel1,pixel2,pixel3\n";
    for (int i = 0; i < 60; ++i) {
        const std::string pixels = fmt::format("{},{},{},{}\n", i, 255 - i, 2 * i, 7);
        train_table += std::to_string(i % 3) + "," + pixels;
        if (i % 3 == 0) test_table += pixels;
    }
    fs::create_directory(here() / "kaggle");
    put(here() / "kaggle/train.csv", train_table);
    put(here() / "kaggle/test.csv", test_table);
    const Answer trained = train("kaggle", {"--layers", "2", "--labels", "0,1"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_THAT(trained.err, AllOf(HasSubstr("kaggle: 60 images, none of them test images, of 2×2"),
                                   HasSubstr("images   36 to train on, 4 to validate on")));
    EXPECT_THAT(run_well({"eval", "run"}), HasSubstr("4 test images of kaggle"));
    EXPECT_THAT(run_well({"eval", "run", "--data", "kaggle/test.csv"}), HasSubstr("20 test images of test.csv"));
    for (const auto& [input, images] : {std::pair("kaggle", 60u), {"kaggle:train", 60u}, {"kaggle/test.csv", 20u}}) {
        run_well({"encode", "run", input, "-o", "codes.npy"});
        EXPECT_EQ(shape_of("codes.npy"), (std::vector<std::uint64_t>{images, 2})) << input;
    }
    const Answer no_test = run({"encode", "run", "kaggle:test", "-o", "none.npy"});
    EXPECT_EQ(no_test.code, 3);
    EXPECT_THAT(no_test.err, HasSubstr("kaggle: has no test images"));
    const Answer over = run({"reconstruct", "run", "--data", "kaggle", "-o", "kaggle/train.csv"});
    EXPECT_EQ(over.code, 2);
    EXPECT_THAT(over.err, HasSubstr("is read by this command"));
    EXPECT_EQ(content_of(here() / "kaggle/train.csv"), train_table);
}

TEST_F(OwnFiles, PicturesOfAnotherSizeAreNamed) {
    write_pictures("pictures", 10);
    put(here() / "pictures/odd/99.png", encode_png(block(1, 9)));
    const Answer answer = train("pictures");
    EXPECT_EQ(answer.code, 3);
    EXPECT_THAT(answer.err, HasSubstr("odd/99.png: a picture of 9×9 pixels among others of 8×8; --resize 8x8"));
    EXPECT_FALSE(fs::exists(here() / "run"));
}

}  // namespace
}  // namespace ae::test::own_files_test
