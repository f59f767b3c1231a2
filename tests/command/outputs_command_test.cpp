// The outputs of commands: never over their inputs, in the format that the name tells.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "file/npy.h"
#include "file/picture.h"
#include "program.h"

namespace ae::test {
namespace {

using testing::HasSubstr;

class OutputsCommand : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", 80, 20, 8);
        ASSERT_EQ(run({"--data", "data", "--layers", "64-8-64", "--batch-size", "16", "--epochs", "1", "--engine",
                       "cpu", "--out", "run"})
                      .code,
                  0);
        ASSERT_EQ(run({"anomaly", "fit", "run", "data", "-o", "guard.safetensors", "--hold-out", "0.5",
                       "--false-alarm-rate", "0.2"})
                      .code,
                  0);
        fs::create_directory(here() / "pics");
        for (const char* name : {"a.PNG", "b.png"})
            put(here() / "pics" / name, encode_png({8, 8, std::vector<std::uint8_t>(64, 90)}));
        put(here() / "x.npy", serialize_npy(std::vector<float>(64, 0.5f), std::vector<std::uint64_t>{1, 8, 8}));
        put(here() / "codes.npy", serialize_npy(std::vector<float>(8, 0.5f), std::vector<std::uint64_t>{1, 8}));
        fs::create_hard_link(here() / "x.npy", here() / "hard.npy");
        fs::create_symlink("x.npy", here() / "soft.npy");
        fs::copy_file(here() / "x.npy", here() / "x.aez");
        fs::create_hard_link(here() / "run/model.safetensors", here() / "same.safetensors");
        fs::create_hard_link(here() / "data/train-images-idx3-ubyte", here() / "train.png");
    }
    static void TearDownTestSuite() { delete folder_; }

    static fs::path here() { return folder_->path(); }
    static Answer run(const std::vector<std::string>& arguments) { return run_program(arguments, here()); }

    static void expect_refusal(const std::vector<std::string>& arguments, const std::string& says) {
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, 2) << testing::PrintToString(arguments) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(says)) << testing::PrintToString(arguments);
    }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(OutputsCommand, AreNeverWhatIsRead) {
    const std::string before = content_of(here() / "x.npy"), model = content_of(here() / "run/model.safetensors"),
                      picture = content_of(here() / "pics/b.png"),
                      images = content_of(here() / "data/train-images-idx3-ubyte");
    for (const char* out : {"x.npy", "./x.npy", "hard.npy", "soft.npy"}) {
        expect_refusal({"encode", "run", "x.npy", "-o", out}, "is read by this command");
        expect_refusal({"denoise", "run", "x.npy", "-o", out}, "is read by this command");
    }
    expect_refusal({"decode", "run", "codes.npy", "-o", "codes.npy"}, "is read by this command");
    expect_refusal({"compress", "run", "x.aez", "-o", "x.aez"}, "is read by this command");
    expect_refusal({"anomaly", "fit", "run", "data", "-o", "same.safetensors"}, "is read by this command");
    expect_refusal({"export", "run", "-o", "same.safetensors"}, "is read by this command");
    expect_refusal({"export", "guard.safetensors", "-o", "guard.safetensors"}, "is read by this command");
    expect_refusal({"import", "guard.safetensors", "-o", "guard.safetensors"}, "is read by this command");
    expect_refusal({"reconstruct", "run", "--data", "data", "-o", "train.png"}, "is read by this command");
    expect_refusal({"anomaly", "score", "guard.safetensors", "pics", "--error-maps", "pics"},
                   "is read by this command");
    expect_refusal({"anomaly", "score", "guard.safetensors", "pics", "--error-maps", "pics/b.png"},
                   "is read by this command");
    put(here() / "page.html", "");
    EXPECT_EQ(content_of(here() / "x.npy"), before);
    EXPECT_EQ(content_of(here() / "run/model.safetensors"), model);
    EXPECT_EQ(content_of(here() / "pics/b.png"), picture);
    EXPECT_EQ(content_of(here() / "data/train-images-idx3-ubyte"), images);
}

TEST_F(OutputsCommand, ARunDoesNotReplaceTheFileOfItsOptions) {
    fs::create_directory(here() / "again");
    put(here() / "again/config.json", "");
    const std::string options = "data = data\nlayers = 64-8-64\nbatch-size = 16\nepochs = 1\n";
    put(here() / "options", options);
    fs::remove(here() / "again/config.json");
    fs::create_symlink("../options", here() / "again/config.json");
    expect_refusal({"--config", "options", "--out", "again", "--force"}, "is read by this command");
    EXPECT_EQ(content_of(here() / "options"), options);
}

TEST_F(OutputsCommand, EndWithTheirFormat) {
    expect_refusal({"encode", "run", "x.npy", "-o", "codes.txt"}, "must end with .npy");
    expect_refusal({"encode", "run", "x.npy", "-o", "codes"}, "must end with .npy");
    expect_refusal({"compress", "run", "x.npy", "-o", "-"}, "standard output");
    expect_refusal({"compress", "run", "x.npy", "-o", "x.png"}, "must end with .aez");
    expect_refusal({"anomaly", "fit", "run", "data", "-o", "guard"}, "must end with .safetensors");
    expect_refusal({"import", "guard.safetensors", "-o", "m.onnx"}, "must end with .safetensors");
    expect_refusal({"reconstruct", "run", "--data", "data", "-o", "grid.jpg"}, "must end with .png");
    expect_refusal({"denoise", "run", "x.npy", "-o", "clean.jpg"}, "must end with .png or .npy");
    expect_refusal({"decode", "run", "codes.npy", "-o", "x.gif"}, "must end with .npy or .csv or .png");
    expect_refusal({"report", "run", "--data", "data", "-o", "report.pdf"}, "must end with .html");
    expect_refusal({"anomaly", "score", "guard.safetensors", "pics", "--error-maps", "maps.jpg"}, ".png or a folder");
    EXPECT_EQ(run({"decode", "run", "codes.npy", "-o", "x.PNG"}).code, 0);
    EXPECT_EQ(content_of(here() / "x.PNG").substr(1, 3), "PNG");
    EXPECT_EQ(run({"encode", "run", "x.npy", "-o", "/dev/stdout"}).out.substr(1, 5), "NUMPY");
}

TEST_F(OutputsCommand, ErrorMapsGoWhereTheImagesNamesSay) {
    ASSERT_EQ(run({"anomaly", "score", "guard.safetensors", "pics", "--error-maps", "maps.of.pics/", "-q"}).code, 0);
    EXPECT_TRUE(fs::exists(here() / "maps.of.pics/a.PNG"));
    EXPECT_TRUE(fs::exists(here() / "maps.of.pics/b.png"));
    EXPECT_EQ(files_in(here() / "maps.of.pics"), 2u);
}

TEST_F(OutputsCommand, APictureShownInAFileHasNoColourCodes) {
    const Answer answer = run_program({"reconstruct", "run", "--data", "data", "--show"}, here(),
                                      {"TERM=xterm-256color", "COLORTERM=truecolor"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_GT(answer.out.size(), 100u);
    EXPECT_EQ(answer.out.find('\x1b'), std::string::npos);
}

TEST_F(OutputsCommand, WhatKilledCommandsLeftInTheFolderIsRemoved) {
    put(here() / ".other.npy.ae_cuda-part.0", "half");
    ASSERT_EQ(run({"encode", "run", "x.npy", "-o", "mine.npy"}).code, 0);
    EXPECT_FALSE(fs::exists(here() / ".other.npy.ae_cuda-part.0"));
}

TEST_F(OutputsCommand, PathsThatCannotBeLookedAtAreErrorsOfTheirOwn) {
    fs::create_symlink("loop", here() / "loop");
    ASSERT_EQ(mkfifo((here() / "pipe").c_str(), 0600), 0);
    for (const std::string& path : {std::string("loop"), std::string(300, 'x'), std::string("pipe")})
        for (const std::vector<std::string>& arguments :
             std::vector<std::vector<std::string>>{{"eval", path},
                                                   {"inspect", path},
                                                   {"report", path},
                                                   {"--resume", path},
                                                   {"--config", path},
                                                   {"--data", path},
                                                   {"export", path, "-o", "x.onnx"},
                                                   {"import", path, "-o", "x.safetensors"},
                                                   {"encode", path, "x.npy", "-o", "c.npy"},
                                                   {"encode", "run", path, "-o", "c.npy"},
                                                   {"compress", "run", path, "-o", "c.aez"},
                                                   {"decode", "run", path, "-o", "c.npy"},
                                                   {"decompress", path, "--model", "run", "-o", "c.npy"},
                                                   {"rd", "run", path},
                                                   {"denoise", "run", path, "-o", "c.npy"},
                                                   {"anomaly", "score", "guard.safetensors", path},
                                                   {"anomaly", "fit", "run", path, "-o", "c.safetensors"}}) {
            const Answer answer = run(arguments);
            EXPECT_TRUE(answer.code == 2 || answer.code == 3 || answer.code == 4)
                << testing::PrintToString(arguments) << answer.code << answer.err;
        }
}

TEST_F(OutputsCommand, ImagesComeBackInTheirSize) {
    write_idx_folder(here() / "square", 80, 20, 6);
    put(here() / "rows.npy", serialize_npy(std::vector<float>(72, 0.5f), std::vector<std::uint64_t>{2, 4, 9}));
    ASSERT_EQ(
        run({"--data", "square", "--layers", "36-8-36", "--batch-size", "16", "--epochs", "1", "--out", "six"}).code,
        0);
    expect_refusal({"encode", "six", "rows.npy", "-o", "c.npy"}, "36 pixels (6×6)");
    ASSERT_EQ(run({"encode", "six", "square", "-o", "six.npy"}).code, 0);
    ASSERT_EQ(run({"decode", "six", "six.npy", "-o", "back.npy"}).code, 0);
    EXPECT_EQ(read_npy(here() / "back.npy").shape, (std::vector<std::uint64_t>{20, 6, 6}));
    ASSERT_EQ(run({"decode", "six", "six.npy", "-o", "back.npy", "--size", "4x9"}).code, 0);
    EXPECT_EQ(read_npy(here() / "back.npy").shape, (std::vector<std::uint64_t>{20, 4, 9}));
    expect_refusal({"decode", "six", "six.npy", "-o", "back.npy", "--size", "4x8"}, "36 pixels");
    expect_refusal({"decode", "six", "six.npy", "-o", "back.npy", "--size", "4"}, "HEIGHTxWIDTH");
    ASSERT_EQ(run({"export", "six", "-o", "w.npz"}).code, 0);  // an archive of weights says nothing of images
    ASSERT_EQ(run({"import", "w.npz", "-o", "w.safetensors"}).code, 0);
    ASSERT_EQ(run({"decode", "w.safetensors", "six.npy", "-o", "back.npy"}).code, 0);
    EXPECT_EQ(read_npy(here() / "back.npy").shape, (std::vector<std::uint64_t>{20, 1, 36}));
    ASSERT_EQ(run({"import", "w.npz", "-o", "w.safetensors", "--size", "6x6"}).code, 0);
    ASSERT_EQ(run({"decode", "w.safetensors", "six.npy", "-o", "back.npy"}).code, 0);
    EXPECT_EQ(read_npy(here() / "back.npy").shape, (std::vector<std::uint64_t>{20, 6, 6}));
}

}  // namespace
}  // namespace ae::test
