// Commands on more images than they may hold in memory, and on the standard input and output.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "ae/dataset.h"
#include "file/npy.h"
#include "program.h"
#include "sanitized.h"

namespace ae::stream_command_test {
using namespace test;
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Shape64 = std::vector<std::uint64_t>;

// A sanitizer slows the program down some twenty times, and memory is not measured under one.
constexpr int kMany = kIsSanitized ? 5'000 : 50'000, kSide = 28;
constexpr std::size_t kPixels = kSide * kSide;

class StreamCommand : public testing::Test {
protected:
    /// A model, thresholds, and kMany images: 39 MB of them, which would be 157 MB as floats.
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", 300, 100, kSide);
        ASSERT_EQ(run({"train", "--data", "data", "--layers", "32-8-32", "--batch-size", "50", "--engine", "cpu",
                       "--epochs", "2", "--val", "split:0.2", "--out", "run"})
                      .code,
                  0);
        ASSERT_EQ(run({"anomaly", "fit", "run", "-o", "guard.safetensors", "--engine", "cpu"}).code, 0);
        const Idx digits = read_idx(here() / "data/t10k-images-idx3-ubyte");
        std::ofstream file(here() / "many.npy", std::ios::binary);
        const std::string header = serialize_npy(digits.values, Shape64{100, kSide, kSide}).substr(0, 128);
        std::string many = header;
        many.replace(many.find("(100,"), 5, fmt::format("({},", kMany));
        many.erase(many.find_last_of(' '), 0);
        while (many.size() > 128) many.erase(many.rfind(' '), 1);
        file << many;
        for (int i = 0; i < kMany / 100; ++i)
            file.write(reinterpret_cast<const char*>(digits.values.data()),
                       static_cast<std::streamsize>(digits.values.size()));
        write_labelled_folder("labelled", digits.values, kMany);
        std::vector<std::uint8_t> few(digits.values.begin(), digits.values.begin() + 30 * kPixels);
        put(here() / "few.npy", serialize_npy(few, Shape64{30, kSide, kSide}));
    }
    /// A set whose training part holds the same images many times over, and whose test part is that of data/.
    static void write_labelled_folder(const std::string& name, const std::vector<std::uint8_t>& digits, int count) {
        const auto big_endian = [](std::uint32_t word) {
            std::string bytes;
            for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(word >> shift);
            return bytes;
        };
        const auto many = static_cast<std::uint32_t>(count);
        const fs::path folder = here() / name;
        fs::create_directory(folder);
        std::ofstream images(folder / "train-images-idx3-ubyte", std::ios::binary);
        images << big_endian(0x803) << big_endian(many) << big_endian(kSide) << big_endian(kSide);
        for (int i = 0; i < count / 100; ++i)
            images.write(reinterpret_cast<const char*>(digits.data()), static_cast<std::streamsize>(digits.size()));
        const std::string labels = content_of(here() / "data/t10k-labels-idx1-ubyte").substr(8);
        std::ofstream numbers(folder / "train-labels-idx1-ubyte", std::ios::binary);
        numbers << big_endian(0x801) << big_endian(many);
        for (int i = 0; i < count / 100; ++i) numbers << labels;
        for (const char* file : {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"})
            fs::copy_file(here() / "data" / file, folder / file);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static Answer run(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {}) {
        return run_program(arguments, here(), {}, prepare);
    }
    static Answer run_well(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {}) {
        return run_program_well(arguments, here(), prepare);
    }
    static void expect_little_memory(const std::vector<std::string>& arguments, long most_kilobytes = 80'000) {
        const Answer answer = run_well(arguments);
        if (!kIsSanitized) {  // whose shadow is counted with it
            EXPECT_TRUE(answer.peak_kilobytes > 1000 && answer.peak_kilobytes < most_kilobytes)
                << arguments[0] << ": " << answer.peak_kilobytes << " kB";
        }
    }
    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(StreamCommand, NoCommandHoldsAllImages) {
    expect_little_memory({"encode", "run", "many.npy", "-o", "codes.npy"});
    expect_little_memory({"anomaly", "score", "guard.safetensors", "many.npy", "--score", "mse", "-q"});
    expect_little_memory({"eval", "run", "--data", "many.npy"});
    expect_little_memory(
        {"reconstruct", "run", "--data", "many.npy", "--first", std::to_string(kMany - 10), "-o", "last.png"});
    expect_little_memory({"compress", "run", "many.npy", "-o", "many.aez", "--bits", "4"});
    expect_little_memory({"decompress", "many.aez", "--model", "run", "-o", "many_back.npy"});
    EXPECT_EQ(fs::file_size(here() / "many_back.npy"), 128 + kMany * kPixels * sizeof(float));
    fs::remove(here() / "many_back.npy");
    expect_little_memory({"denoise", "run", "many.npy", "--add-noise", "gaussian:0.3", "--report", "--data", "data"},
                         100'000);
    const Npy codes = read_npy(here() / "codes.npy");
    EXPECT_EQ(codes.shape, (Shape64{kMany, 8}));
    const auto& values = std::get<std::vector<float>>(codes.values);
    EXPECT_TRUE(std::equal(values.begin(), values.begin() + 800, values.end() - 800)) << "the same 100 images";
}

TEST_F(StreamCommand, NoCommandHoldsAllImagesOfASetWithLabels) {
    expect_little_memory({"encode", "run", "labelled:train", "-o", "codes.npy"});
    expect_little_memory({"eval", "run", "--data", "labelled", "--split", "train", "--labels", "3,4"});
    expect_little_memory({"probe", "run", "--data", "labelled", "--labels", "3,4"});
    const json by_folder = json::parse(run_well({"eval", "run", "--data", "labelled", "--json"}).out);
    EXPECT_EQ(by_folder.at("images"), 100);
    EXPECT_EQ(by_folder.at("bce"), json::parse(run_well({"eval", "run", "--data", "data", "--json"}).out).at("bce"));
}

TEST_F(StreamCommand, NoCommandHoldsAllImagesWhereItLearns) {
    expect_little_memory({"anomaly", "fit", "run", "many.npy", "-o", "x.safetensors"});
    expect_little_memory({"anomaly", "fit", "run", "--calibrate", "many.npy", "-o", "x.safetensors"});
    expect_little_memory({"anomaly", "score", "guard.safetensors", "many.npy", "--score", "combined", "-q"});
}

TEST_F(StreamCommand, DecodeReadsCodesPieceByPiece) {
    run_well({"encode", "run", "many.npy", "-o", "codes.npy"});
    std::vector<float> codes(std::get<std::vector<float>>(read_npy(here() / "codes.npy").values));
    const auto one = std::vector<float>(codes.begin(), codes.begin() + 8);
    put(here() / "one.npy", serialize_npy(one, Shape64{8}));
    run_well({"decode", "run", "one.npy", "-o", "one_back.npy"});
    expect_little_memory({"decode", "run", "codes.npy", "-o", "back.npy"});
    std::ifstream back(here() / "back.npy", std::ios::binary);
    std::string first(128 + kPixels * sizeof(float), '\0');
    back.read(first.data(), static_cast<std::streamsize>(first.size()));
    EXPECT_EQ(first.substr(128), content_of(here() / "one_back.npy").substr(128));
    fs::remove(here() / "back.npy");
    codes.back() = std::numeric_limits<float>::infinity();
    put(here() / "codes.npy", serialize_npy(codes, Shape64{kMany, 8}));
    const Answer late = run({"decode", "run", "codes.npy", "-o", "back.npy"});
    EXPECT_EQ(late.code, 3);
    EXPECT_THAT(late.err, HasSubstr(fmt::format("inf in code {}, dimension 7", kMany - 1)));
    EXPECT_FALSE(fs::exists(here() / "back.npy"));
}

/// So that its figures, of which all images must be known, stay within the same memory for any set.
TEST_F(StreamCommand, AReportIsOfAsManyImagesAsItCanHold) {
    const Answer answer = run_well({"report", "run", "--data", "many.npy", "-o", "page.html"});
    EXPECT_THAT(content_of(here() / "page.html"),
                HasSubstr(kIsSanitized ? "Measured on 5000 images" : "Measured on the first 21399 of 50000 images"));
    if (!kIsSanitized) {
        EXPECT_LT(answer.peak_kilobytes, 400'000);
    }
}

/// Whose images are read several times, and PCA learns from them too.
TEST_F(StreamCommand, RatesAreMeasuredOnTheStandardInput) {
    const auto rates = [&](const std::string& input, const std::function<void()>& prepare = {}) {
        json found;  // psnr is null where nothing is lost
        const json document = json::parse(run_well({"rd", "run", input, "--json"}, prepare).out);
        for (const json& point : document.at("points"))
            found.push_back({point.at("codec"), point.at("setting"), point.at("bytes_per_image"), point.at("psnr")});
        return found;
    };
    const json points = rates("few.npy");
    EXPECT_FALSE(points.empty());
    EXPECT_EQ(rates("-", [&] { from_pipe(here() / "few.npy"); }), points);
}

/// 784 bytes of pixels an image, some 450 of those that are not black, and no copy of either while they are taken
/// apart.
TEST_F(StreamCommand, TrainingHoldsItsImagesOnce) {
    const Answer answer = run_well({"train", "--data", "many.npy", "--layers", "4", "--engine", "cpu", "--epochs", "1",
                                    "--batch-size", "4000", "--out", "large"});
    if (!kIsSanitized) {
        EXPECT_LT(answer.peak_kilobytes, 40'000 + kMany * 1.5) << "kB";
    }
}

/// As many pixels that are not black as MNIST has: 784 bytes of all pixels, 450 of these. What the program needs for
/// itself is not in the difference between two sets.
TEST_F(StreamCommand, TrainingTakesLittleMoreForEveryFurtherImage) {
    if (kIsSanitized) GTEST_SKIP() << "AddressSanitizer's shadow is counted with the program's memory";
    constexpr int kFew = 10'000, kLit = 150;
    std::vector<std::uint8_t> digits(100 * kPixels);
    for (std::size_t i = 0; i < 100 * kLit; ++i) digits[i / kLit * kPixels + i % kLit * kPixels / kLit] = 200;
    const auto peak = [&](const std::string& name, int count) {
        write_labelled_folder(name, digits, count);
        return run_well({"train", "--data", name, "--layers", "4", "--engine", "cpu", "--threads", "1", "--epochs", "1",
                         "--out", name + "_run"})
            .peak_kilobytes;
    };
    const long few = peak("few", kFew), many = peak("dense", kMany);
    EXPECT_GT(many, few);
    EXPECT_LT(static_cast<double>(many - few) / (kMany - kFew), 1.3) << "kB an image: " << few << ", " << many;
}

TEST_F(StreamCommand, ImagesComeByTheStandardInput) {
    run_well({"encode", "run", "few.npy", "-o", "by_name.npy"});
    for (const auto& from : {from_file, from_pipe}) {
        run_well({"encode", "run", "-", "-o", "by_stdin.npy"}, [&] { from(here() / "few.npy"); });
        EXPECT_EQ(content_of(here() / "by_stdin.npy"), content_of(here() / "by_name.npy"));
        fs::remove(here() / "by_stdin.npy");
    }
    const std::string scored = run_well({"anomaly", "score", "guard.safetensors", "few.npy"}).out;
    EXPECT_EQ(run_well({"anomaly", "score", "guard.safetensors", "-"}, [&] { from_pipe(here() / "few.npy"); }).out,
              scored);
}

TEST_F(StreamCommand, ArraysGoToTheStandardOutput) {
    run_well({"encode", "run", "few.npy", "-o", "codes_here.npy"});
    EXPECT_EQ(run_well({"encode", "run", "few.npy", "-o", "-"}).out, content_of(here() / "codes_here.npy"));
    run_well({"reconstruct", "run", "--data", "few.npy", "-o", "images_here.npy"});
    EXPECT_EQ(read_npy(here() / "images_here.npy").shape, (Shape64{30, kSide, kSide}));
    EXPECT_EQ(run_well({"reconstruct", "run", "--data", "few.npy", "-o", "-"}).out,
              content_of(here() / "images_here.npy"));
    EXPECT_FALSE(fs::exists(here() / "-"));
}

TEST_F(StreamCommand, CodesGoThroughAPipeToo) {
    run_well({"encode", "run", "few.npy", "-o", "codes_here.npy"});
    run_well({"decode", "run", "codes_here.npy", "-o", "decoded_here.npy"});
    const std::string expected = content_of(here() / "decoded_here.npy");
    EXPECT_EQ(run_well({"decode", "run", "codes_here.npy", "-o", "-"}).out, expected);
    for (const auto& from : {from_file, from_pipe})
        EXPECT_EQ(run_well({"decode", "run", "-", "-o", "-"}, [&] { from(here() / "codes_here.npy"); }).out, expected);
    EXPECT_EQ(run({"decode", "run", "codes_here.npy", "-o", "-", "--json"}).code, 2) << "both on the standard output";
    EXPECT_FALSE(fs::exists(here() / "-"));
}

TEST_F(StreamCommand, CompressedAndDenoisedImagesComeAndGoByAPipe) {
    run_well({"compress", "run", "few.npy", "-o", "by_name.aez"});
    run_well({"compress", "run", "-", "-o", "by_stdin.aez"}, [&] { from_pipe(here() / "few.npy"); });
    EXPECT_EQ(content_of(here() / "by_stdin.aez"), content_of(here() / "by_name.aez"));
    run_well({"decompress", "by_name.aez", "--model", "run", "-o", "unpacked_here.npy"});
    EXPECT_EQ(run_well({"decompress", "by_name.aez", "--model", "run", "-o", "-"}).out,
              content_of(here() / "unpacked_here.npy"));
    EXPECT_EQ(run({"decompress", "by_name.aez", "--model", "run", "-o", "-", "--json"}).code, 2);
    run_well({"denoise", "run", "few.npy", "-o", "restored_here.npy"});
    EXPECT_EQ(run_well({"denoise", "run", "-", "-o", "-"}, [&] { from_pipe(here() / "few.npy"); }).out,
              content_of(here() / "restored_here.npy"));
    EXPECT_FALSE(fs::exists(here() / "-"));
}

TEST_F(StreamCommand, WhatIsWrongWithAStreamOfCodesIsSaidInOneLine) {
    const auto expect_refusal = [](const std::string& bytes, int code, const std::string& says) {
        put(here() / "wrong_codes.npy", bytes);
        const Answer answer =
            run({"decode", "run", "-", "-o", "x.npy"}, [&] { from_pipe(here() / "wrong_codes.npy"); });
        EXPECT_EQ(answer.code, code);
        EXPECT_THAT(answer.err, StartsWith("ae_cuda: standard input: " + says));
        EXPECT_EQ(std::ranges::count(answer.err, '\n'), 1) << answer.err;
        EXPECT_FALSE(fs::exists(here() / "x.npy"));
    };
    std::vector<float> codes(5000 * 8, 0.5f);
    const std::string good = serialize_npy(codes, Shape64{5000, 8});
    expect_refusal(good.substr(0, 1000), 3, "declares");
    expect_refusal(serialize_npy(codes, Shape64{8, 5000}), 2, "an array of shape 8×5000");
    codes.back() = NAN;
    expect_refusal(serialize_npy(codes, Shape64{5000, 8}), 3, "nan in code 4999, dimension 7");
}

TEST_F(StreamCommand, ScoresAreATableForOtherPrograms) {
    const std::string csv = run_well({"anomaly", "score", "guard.safetensors", "few.npy", "--csv", "-"}).out;
    EXPECT_THAT(csv, AllOf(StartsWith("name,score,p_value,verdict,features\n0,"), HasSubstr("\n29,")));
    EXPECT_EQ(std::ranges::count(csv, '\n'), 31);
    const Answer in_file = run_well({"anomaly", "score", "guard.safetensors", "few.npy", "--csv", "scores.csv"});
    EXPECT_EQ(content_of(here() / "scores.csv"), csv);
    EXPECT_THAT(in_file.out, HasSubstr("30 images: "));
    EXPECT_EQ(run({"anomaly", "score", "guard.safetensors", "few.npy", "--csv", "-", "--json"}).code, 2);
    const json document = json::parse(run_well({"anomaly", "score", "guard.safetensors", "few.npy", "--json"}).out);
    EXPECT_EQ(document.at("results").size(), 30u);
    EXPECT_THAT(csv, HasSubstr(document.at("results")[29].at("verdict").get<std::string>() + ",\n"));
}

TEST_F(StreamCommand, WhatIsWrongWithAStreamIsSaidInOneLine) {
    const Answer cut = run({"encode", "run", "-", "-o", "x.npy"}, [&] {
        put(here() / "cut.npy", content_of(here() / "few.npy").substr(0, 5000));
        from_pipe(here() / "cut.npy");
    });
    EXPECT_EQ(cut.code, 3);
    EXPECT_EQ(std::ranges::count(cut.err, '\n'), 1);
    EXPECT_THAT(cut.err, AllOf(HasSubstr("standard input: declares"), HasSubstr("cut short\n")));
    EXPECT_FALSE(fs::exists(here() / "x.npy"));
    std::vector<float> wrong(5000 * kPixels, 0.5f);
    wrong[4999 * kPixels] = 7;
    put(here() / "wrong.npy", serialize_npy(wrong, Shape64{5000, kSide, kSide}));
    const Answer late = run({"encode", "run", "-", "-o", "x.npy"}, [&] { from_pipe(here() / "wrong.npy"); });
    EXPECT_EQ(late.code, 3);
    EXPECT_EQ(std::ranges::count(late.err, '\n'), 1);
    EXPECT_THAT(late.err, HasSubstr("standard input: 7 in image 4999, row 0, column 0"));
    EXPECT_FALSE(fs::exists(here() / "x.npy")) << "in the second chunk";
    EXPECT_EQ(run({"encode", "run", "few.npy", "-o", "-", "--json"}).code, 2) << "both on the standard output";
    const auto a_terminal = [](int descriptor) {
        return [descriptor] {
            const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
            grantpt(terminal), unlockpt(terminal);
            dup2(open(ptsname(terminal), O_RDWR | O_NOCTTY), descriptor);
        };
    };
    const Answer shown = run({"encode", "run", "few.npy", "-o", "-"}, a_terminal(STDOUT_FILENO));
    EXPECT_EQ(shown.code, 2);
    EXPECT_THAT(shown.err, HasSubstr("terminal"));
    const Answer typed = run({"encode", "run", "-", "-o", "x.npy"}, a_terminal(STDIN_FILENO));
    EXPECT_EQ(typed.code, 2);
    EXPECT_THAT(typed.err, HasSubstr("terminal"));
}

}  // namespace
}  // namespace ae::stream_command_test
