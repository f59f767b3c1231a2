// encode, decode, compress, decompress, rd and denoise, started as a user starts them.
#include <gmock/gmock.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "ae/dataset.h"
#include "file/npy.h"
#include "file/png_reader.h"
#include "program.h"

namespace ae::compress_command_test {
using namespace test;
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kTrainingImages = 300, kTestImages = 600, kSide = 8, kCodeSize = 6;

class CompressCommand : public testing::Test {
protected:
    /// One trained model for all tests, and another that is not it.
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", kTrainingImages, kTestImages, kSide);
        for (const char* seed : {"1", "2"})
            ASSERT_EQ(
                run({"train", "--data", "data", "--layers", "64-32-6-32-64", "--batch-size", "32", "--engine", "cpu",
                     "--threads", "1", "--epochs", "20", "--seed", seed, "--out", std::string("run") + seed})
                    .code,
                0);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static Answer run(std::vector<std::string> arguments) { return run_program(arguments, here()); }
    static Answer run_well(const std::vector<std::string>& arguments) {
        return run_program_well(on_one_thread(arguments), here());
    }
    static json run_for_json(std::vector<std::string> arguments) {
        arguments.push_back("--json");
        return json::parse(run_well(arguments).out);
    }
    static Npy array(const std::string& name) { return read_npy(here() / name); }
    static std::vector<float> floats(const std::string& name) {
        return std::get<std::vector<float>>(array(name).values);
    }

    /// Mean squared error of the test images as an array holds them.
    static double error_of(const std::string& name) {
        double error = 0;
        const Idx originals = read_idx(here() / "data/t10k-images-idx3-ubyte");
        const std::vector<float> images = floats(name);
        EXPECT_EQ(images.size(), originals.values.size());
        for (std::size_t i = 0; i < images.size(); ++i) {
            const double difference = static_cast<double>(images[i]) - originals.values[i] / 255.0;
            error += difference * difference / static_cast<double>(images.size());
        }
        return error;
    }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(CompressCommand, CodesGoToNumpyAndBackToTheReconstructions) {
    const json encoded = run_for_json({"encode", "run1", "data", "-o", "codes.npy"});
    EXPECT_EQ(encoded.at("images"), kTestImages);
    EXPECT_EQ(encoded.at("code_size"), kCodeSize);
    EXPECT_EQ(array("codes.npy").shape, (std::vector<std::uint64_t>{kTestImages, kCodeSize}));
    EXPECT_EQ(run_for_json({"decode", "run1", "codes.npy", "-o", "images.npy"}).at("images"), kTestImages);
    EXPECT_EQ(array("images.npy").shape, (std::vector<std::uint64_t>{kTestImages, kSide, kSide}));
    const json eval = json::parse(run_well({"eval", "run1", "--data", "data", "--json"}).out);
    EXPECT_NEAR(error_of("images.npy"), eval.at("mse").get<double>(), 1e-6);
}

TEST_F(CompressCommand, APictureOfSeveralIsAGrid) {
    run_well({"encode", "run1", "data", "-o", "codes.npy"});
    std::vector<float> codes = floats("codes.npy");
    codes.resize(5 * kCodeSize);
    put(here() / "five.npy", serialize_npy(codes, std::vector<std::uint64_t>{5, kCodeSize}));
    run_well({"decode", "run1", "five.npy", "-o", "grid.png"});
    const Picture grid = read_png(here() / "grid.png");
    EXPECT_EQ(grid.width, 3 * (56 + 2) + 2);
    EXPECT_EQ(grid.height, 2 * (56 + 2) + 2);
    EXPECT_EQ(grid.at(grid.width - 4, grid.height - 4), 0) << "the last place of the last row is empty";
}

TEST_F(CompressCommand, DecompressedIsDequantisedAndDecodedBitForBit) {
    const json report = run_for_json({"compress", "run1", "data", "-o", "all.aez", "--bits", "8"});
    run_well({"decompress", "all.aez", "--model", "run1", "-o", "all.npy"});
    const std::vector<float> all = floats("all.npy");
    ASSERT_EQ(array("all.npy").shape, (std::vector<std::uint64_t>{kTestImages, kSide, kSide}));
    EXPECT_EQ(report.at("bytes"), fs::file_size(here() / "all.aez"));
    EXPECT_LT(report.at("psnr_lost").get<double>(), 0.1);
    const std::size_t pixels = kSide * kSide;
    for (const std::size_t i : {0, 255, 256, 599}) {
        run_well({"decompress", "all.aez", "--model", "run1", "-o", "one.npy", "--index", std::to_string(i)});
        EXPECT_EQ(floats("one.npy"), std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(i * pixels),
                                                        all.begin() + static_cast<std::ptrdiff_t>((i + 1) * pixels)))
            << i;
    }
    run_well({"decompress", "all.aez", "--model", "run1", "-o", "part.npy", "--range", "250:520"});
    EXPECT_EQ(floats("part.npy"), std::vector<float>(all.begin() + 250 * pixels, all.begin() + 520 * pixels));
}

TEST_F(CompressCommand, TheReportedLossIsThatOfTheFile) {
    const json report = run_for_json({"compress", "run1", "data", "-o", "x.aez", "--bits", "3"});
    run_well({"decompress", "x.aez", "--model", "run1", "-o", "x.npy"});
    EXPECT_NEAR(report.at("psnr").get<double>(), -10 * std::log10(error_of("x.npy")), 1e-4);
}

TEST_F(CompressCommand, ASingleImageIsAPictureThatIsAnInputAgain) {
    run_well({"compress", "run1", "data", "-o", "y.aez"});
    run_well({"decompress", "y.aez", "--model", "run1", "-o", "five.png", "--index", "5"});
    const Picture picture = read_png(here() / "five.png");
    EXPECT_EQ(picture.width, kSide);
    EXPECT_EQ(picture.height, kSide);
    EXPECT_EQ(run_for_json({"encode", "run1", "five.png", "-o", "five.npy"}).at("images"), 1);
}

TEST_F(CompressCommand, TheFewestBitsThatReachATargetAreTaken) {
    const json best = run_for_json({"compress", "run1", "data", "-o", "z.aez", "--bits", "8"});
    const json three = run_for_json({"compress", "run1", "data", "-o", "z.aez", "--bits", "3"});
    const double target = three.at("psnr").get<double>();
    const json chosen =
        run_for_json({"compress", "run1", "data", "-o", "z.aez", "--target-psnr", std::to_string(target - 1e-3)});
    EXPECT_LE(chosen.at("bits").get<int>(), 3);
    EXPECT_GE(chosen.at("psnr").get<double>(), target - 1e-3);
    fs::remove(here() / "z.aez");
    const Answer beyond = run({"compress", "run1", "data", "-o", "z.aez", "--target-psnr", "90", "--engine", "cpu"});
    EXPECT_EQ(beyond.code, 7) << beyond.err;
    EXPECT_THAT(beyond.err, HasSubstr("8 bits reach"));
    EXPECT_FALSE(fs::exists(here() / "z.aez"));
    EXPECT_GT(best.at("psnr").get<double>(), target);
}

TEST_F(CompressCommand, AnotherModelIsRefused) {
    run_well({"compress", "run1", "data", "-o", "w.aez"});
    const Answer answer = run({"decompress", "w.aez", "--model", "run2", "-o", "w.npy", "--engine", "cpu"});
    EXPECT_EQ(answer.code, 4) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("another model"));
    EXPECT_FALSE(fs::exists(here() / "w.npy"));
}

TEST_F(CompressCommand, RateAndDistortionOfEveryCodec) {
    const json report = run_for_json({"rd", "run1", "data"});
    EXPECT_EQ(report.at("images"), kTestImages);
    const json& points = report.at("points");
    ASSERT_EQ(points.size(), 8u + 8u + 1u + 4u);
    double bytes_before = 0;
    for (int bits = 1; bits <= 8; ++bits) {
        const json& point = points[static_cast<std::size_t>(bits - 1)];
        EXPECT_EQ(point.at("codec"), "autoencoder");
        EXPECT_GT(point.at("bytes_per_image").get<double>(), bytes_before);
        bytes_before = point.at("bytes_per_image");
        const double decoder = 4.0 * (6 * 32 + 32 + 32 * 64 + 64) / kTestImages;
        EXPECT_NEAR(point.at("bytes_per_image_with_decoder").get<double>(), bytes_before + decoder, 1e-9);
    }
    const json file = run_for_json({"compress", "run1", "data", "-o", "v.aez", "--bits", "5"});
    EXPECT_EQ(points[4].at("bytes_per_image"), file.at("bytes_per_image"));
    EXPECT_NEAR(points[4].at("psnr").get<double>(), file.at("psnr").get<double>(), 1e-9);
    EXPECT_EQ(points[8].at("codec"), "PCA-6");
    EXPECT_EQ(points[16].at("codec"), "PNG");
    EXPECT_TRUE(points[16].at("psnr").is_null()) << "lossless: infinite";
    EXPECT_TRUE(points[0].at("ssim").is_null()) << "8×8 images are smaller than the window";
    EXPECT_EQ(points[17].at("setting"), "quality 5");
    EXPECT_LT(points[17].at("psnr"), points[20].at("psnr"));
    EXPECT_THAT(run_well({"rd", "run1", "data"}).out, HasSubstr("autoencoder  8 bits"));
}

TEST_F(CompressCommand, DenoisingImagesSmallerThanTheWindowOfSsimReportsTheRest) {
    const std::vector<std::string> denoise = {"denoise", "run1",        "data",        "--data",
                                              "data",    "--add-noise", "gaussian:0.3"};
    const json report = run_for_json(denoise);
    EXPECT_TRUE(report.at("model").at("psnr").is_number());
    EXPECT_TRUE(report.at("model").at("ssim").is_null());
    std::vector<std::string> as_text = denoise;
    as_text.push_back("--report");
    const Answer answer = run_well(as_text);
    EXPECT_THAT(answer.out, HasSubstr("dB       -\n"));
    EXPECT_THAT(answer.out, testing::Not(HasSubstr("nan")));
}

struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string says;
};

TEST_F(CompressCommand, BadUseIsOneClearLineAndAnExitCode) {
    run_well({"compress", "run1", "data", "-o", "good.aez"});
    const std::string good = content_of(here() / "good.aez");
    put(here() / "cut.aez", good.substr(0, good.size() - 1));
    put(here() / "wide.npy", serialize_npy(std::vector<float>(14), std::vector<std::uint64_t>{2, 7}));
    put(here() / "nan.npy", serialize_npy(std::vector<float>(6, std::nanf("")), std::vector<std::uint64_t>{6}));
    put(here() / "bytes.npy", serialize_npy(std::vector<std::uint8_t>(6), std::vector<std::uint64_t>{6}));
    put(here() / "none.npy", serialize_npy(std::vector<float>(), std::vector<std::uint64_t>{0, 6}));
    const std::vector<Bad> cases = {
        {{"encode", "run1", "absent", "-o", "a.npy"}, 3, "absent"},
        {{"encode", "run1", "wide.npy", "-o", "a.npy"}, 2, "64 pixels"},
        {{"encode", "run1", "data"}, 2, "--output"},
        {{"encode", "absent", "data", "-o", "a.npy"}, 4, "absent"},
        {{"encode", "run1", "data/t10k-images-idx3-ubyte", "-o", "/proc/none/a.npy"}, 8, "/proc/none"},
        {{"decode", "run1", "wide.npy", "-o", "a.npy"}, 2, "n×6"},
        {{"decode", "run1", "nan.npy", "-o", "a.npy"}, 3, "nan in code 0, dimension 0"},
        {{"decode", "run1", "bytes.npy", "-o", "a.npy"}, 3, "float32"},
        {{"decode", "run1", "none.npy", "-o", "a.npy"}, 3, "no codes"},
        {{"decode", "run1", "nan.npy", "-o", "a.jpg"}, 2, "a.jpg"},
        {{"compress", "run1", "data", "-o", "a.aez", "--bits", "9"}, 2, "--bits"},
        {{"compress", "run1", "data", "-o", "a.aez", "--bits", "0"}, 2, "--bits"},
        {{"compress", "run1", "data", "-o", "a.aez", "--bits", "4", "--target-psnr", "20"}, 2, "excludes"},
        {{"decompress", "good.aez", "-o", "a.npy"}, 2, "--model"},
        {{"decompress", "cut.aez", "--model", "run1", "-o", "a.npy"}, 3, "cut short"},
        {{"decompress", "nan.npy", "--model", "run1", "-o", "a.npy"}, 3, "not an .aez file"},
        {{"decompress", "absent.aez", "--model", "run1", "-o", "a.npy"}, 3, "absent.aez"},
        {{"decompress", "good.aez", "--model", "run1", "-o", "a.npy", "--index", "600"}, 2, "0…599"},
        {{"decompress", "good.aez", "--model", "run1", "-o", "a.npy", "--index", "-1"}, 2, "--index"},
        {{"decompress", "good.aez", "--model", "run1", "-o", "a.npy", "--range", "5:5"}, 2, "--range"},
        {{"decompress", "good.aez", "--model", "run1", "-o", "a.npy", "--range", "5:601"}, 2, "600"},
        {{"decompress", "good.aez", "--model", "run1", "-o", "a.npy", "--range", "many"}, 2, "--range"},
        {{"rd", "run1", "absent"}, 3, "absent"},
    };
    for (const Bad& bad : cases) {
        const Answer answer = run(bad.arguments);
        const std::string what = testing::PrintToString(bad.arguments) + ": " + answer.err;
        EXPECT_EQ(answer.code, bad.code) << what;
        EXPECT_THAT(answer.err, HasSubstr(bad.says)) << what;
        EXPECT_TRUE(answer.err.starts_with("ae_cuda: ")) << what;
        EXPECT_EQ(std::count(answer.err.begin(), answer.err.end(), '\n'), 1) << what;
        EXPECT_EQ(answer.out, "") << what;
        EXPECT_FALSE(fs::exists(here() / "a.npy")) << what;
        EXPECT_FALSE(fs::exists(here() / "a.aez")) << what;
    }
}

TEST(CompressHelp, EveryCommandHasOneWithAnExample) {
    const TemporaryFolder folder;
    for (const char* command : {"encode", "decode", "compress", "decompress", "rd"}) {
        const Answer help = run_program({command, "--help"}, folder.path());
        EXPECT_EQ(help.code, 0) << command;
        EXPECT_THAT(help.out, HasSubstr("Example:\n  ae_cuda " + std::string(command)));
    }
}

}  // namespace
}  // namespace ae::compress_command_test
