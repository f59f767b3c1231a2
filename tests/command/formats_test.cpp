// Images in every form that is read: the same ones give the same codes, and damaged ones are named before anything is
// trained.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "file/jpeg.h"
#include "file/npy.h"
#include "file/npz.h"
#include "file/picture.h"
#include "idx_files.h"
#include "program.h"

namespace ae::formats_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Shape64 = std::vector<std::uint64_t>;

constexpr int kSide = 8, kWidth = 2 * kSide;
constexpr std::size_t kPixels = kWidth * kSide;

/// Images of two squares, each black or white: values that bytes, halves and truths hold as well, and blocks of which
/// JPEG loses nothing.
std::string squares(int count) {
    std::string pixels;
    for (int i = 0; i < count; ++i)
        for (int p = 0; p < kWidth * kSide; ++p)
            pixels += static_cast<char>((i >> (p % kWidth / kSide) & 1) != 0 ? 255 : 0);
    return pixels;
}

std::string as_table(const std::string& pixels, char separator) {
    std::string text;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        text += std::to_string(static_cast<std::uint8_t>(pixels[i]));
        text += (i + 1) % kPixels == 0 ? '\n' : separator;
    }
    return text;
}

/// Numbers of another type: `white` is that of a white pixel, and zeros are that of a black one.
Tensor as_type(Dtype dtype, const std::string& white, const std::string& pixels) {
    std::string bytes;
    for (const char pixel : pixels) bytes += pixel != 0 ? white : std::string(white.size(), '\0');
    return {dtype, {pixels.size() / kPixels, kSide, kWidth}, bytes};
}

Picture picture_of(const std::string& pixels, std::size_t image) {
    const auto begin = pixels.begin() + static_cast<std::ptrdiff_t>(image * kPixels);
    return {kWidth, kSide, {begin, begin + kPixels}};
}

class Formats : public testing::Test {
protected:
    /// A model, thresholds, and its first four images in all forms.
    Formats() {
        write(here() / "data/train-images-idx3-ubyte", idx({200, kSide, kWidth}, squares(200)));
        run_well({"--data", "data", "--layers", "4", "--val", "split:0.3", "--epochs", "1", "--engine", "cpu", "--out",
                  "run"});
        run_well({"anomaly", "fit", "run", "-o", "guard.safetensors", "--engine", "cpu"});
        const std::string four = squares(4);
        const Tensor bytes = as_type(Dtype::u8, "\xFF", four);
        put(here() / "u1.npy", serialize_npy(bytes));
        put(here() / "bool.npy", serialize_npy(as_type(Dtype::boolean, "\x01", four)));
        put(here() / "f2.npy", serialize_npy(as_type(Dtype::f16, {"\x00\x3C", 2}, four)));
        put(here() / "f4.npy", serialize_npy(as_type(Dtype::f32, {"\x00\x00\x80\x3F", 4}, four)));
        put(here() / "i2.npy", serialize_npy(as_type(Dtype::i16, {"\xFF\x00", 2}, four)));
        put(here() / "i4.npy", serialize_npy(as_type(Dtype::i32, {"\xFF\x00\x00\x00", 4}, four)));
        put(here() / "rows.npy", serialize_npy(Tensor{Dtype::u8, {4, kPixels}, four}));
        put(here() / "a.npz", serialize_npz({{"whatever", bytes}}));
        put(here() / "a.csv", as_table(four, ','));
        put(here() / "a.tsv", as_table(four, '\t'));
        put(here() / "idx", idx({4, kSide, kWidth}, four));
        put(here() / "idx.gz", gzip(idx({4, kSide, kWidth}, four)));
        write(here() / "idx_folder/train-images-idx3-ubyte", idx({4, kSide, kWidth}, four));
        for (std::size_t i = 0; i < 4; ++i) {
            const std::string name = std::to_string(i);
            write(here() / "pngs" / (name + ".png"), encode_png(picture_of(four, i)));
            write(here() / "jpegs" / (name + ".jpg"), encode_jpeg(picture_of(four, i), 100));
        }
    }

    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }
    std::string run_well(const std::vector<std::string>& arguments) const {
        return run_program_well(arguments, here()).out;
    }

    std::string codes(const std::string& input) const { return run_well({"encode", "run", input, "-o", "-"}); }
    /// Every figure, without what is said of the file.
    json quality(const std::string& data) const {
        json document = json::parse(run_well({"eval", "run", "--data", data, "--json"}));
        document.erase("data");
        return document;
    }
    /// Without the names, which only pictures have.
    std::vector<double> scores(const std::string& input) const {
        std::vector<double> all;
        const json document = json::parse(run_well({"anomaly", "score", "guard.safetensors", input, "--json"}));
        for (const json& result : document.at("results")) all.push_back(result.at("score"));
        return all;
    }

    TemporaryFolder folder_;
};

const std::vector<std::string> kForms{"u1.npy", "bool.npy", "f2.npy", "f4.npy",     "i2.npy",
                                      "i4.npy", "rows.npy", "a.npz",  "a.csv",      "a.tsv",
                                      "idx",    "idx.gz",   "pngs",   "idx_folder", "jpegs"};

TEST_F(Formats, OfTheSameImagesAreOneToEveryCommand) {
    const std::string expected = codes("u1.npy");
    const json measured = quality("u1.npy");
    const std::vector<double> scored = scores("u1.npy");
    EXPECT_EQ(measured.at("images"), 4);
    ASSERT_EQ(scored.size(), 4u);
    EXPECT_NE(scored[0], scored[1]);
    for (const std::string& form : kForms) {
        SCOPED_TRACE(form);
        EXPECT_TRUE(codes(form) == expected);
        EXPECT_EQ(quality(form), measured);
        EXPECT_EQ(scores(form), scored);
    }
}

TEST_F(Formats, OfASinglePictureAreAnInputToo) {
    const auto all = std::get<std::vector<float>>(parse_npy(codes("u1.npy"), "codes").values);
    for (const char* picture : {"pngs/2.png", "jpegs/2.jpg"}) {
        EXPECT_EQ(std::get<std::vector<float>>(parse_npy(codes(picture), picture).values),
                  std::vector<float>(all.begin() + 8, all.begin() + 12));
        EXPECT_EQ(scores(picture), std::vector<double>{scores("u1.npy")[2]});
    }
}

struct Damaged {
    std::string name;  ///< of a file, or of one in a folder
    std::string bytes;
    std::string says;
};

std::vector<Damaged> damaged_files() {
    const std::string pixels = squares(4), good_idx = idx({4, kSide, kWidth}, pixels), packed = gzip(good_idx);
    const std::string npy = serialize_npy(Tensor{Dtype::u8, {4, kPixels}, pixels});
    const std::string npz = serialize_npz({{"x", {Dtype::u8, {4, kPixels}, pixels}}});
    const std::string jpeg = encode_jpeg(picture_of(pixels, 1), 90), png = encode_png(picture_of(pixels, 1));
    const auto with = [](std::string bytes, std::size_t at, char value) {
        bytes[at] = value;
        return bytes;
    };
    return {
        {"cut.idx", good_idx.substr(0, good_idx.size() - 1), "cut short"},
        {"long.idx", good_idx + "x", "too long"},
        {"floats.idx", with(good_idx, 2, 0x0D), "32-bit floats"},
        {"none.idx", idx({0, kSide, kWidth}, ""), "a dimension is 0"},
        {"cut.idx.gz", packed.substr(0, packed.size() - 9), "cut short"},
        {"sum.idx.gz", with(packed, packed.size() - 8, static_cast<char>(packed[packed.size() - 8] ^ 1)), "damaged"},
        {"cut.npy", npy.substr(0, npy.size() - 1), "cut short"},
        {"header.npy", npy.substr(0, 40), "cut short"},
        {"objects.npy", with(npy, npy.find("|u1") + 1, 'O'), "Python objects"},
        {"cut.npz", npz.substr(0, npz.size() - 30), "cut short or is damaged"},
        {"sum.npz", with(npz, npz.find("NUMPY") + 300, 7), "damaged"},
        {"word.csv", "1,2\n3,four\n", "line 2, column 2: 'four' is not a finite number"},
        {"cells.csv", "1,2\n3\n", "line 2 has 1 cells"},
        {"quote.csv", "1,2\n3,\"4\n", "a quote without an end"},
        {"header.csv", "a,b\n", "a header and no rows"},
        {"cut_jpegs/1.jpg", jpeg.substr(0, jpeg.size() / 2), "1.jpg"},
        {"other_jpegs/1.jpg", "no picture at all", "1.jpg"},
        {"cut_pngs/1.png", png.substr(0, png.size() / 2), "1.png"}};
}

TEST_F(Formats, ThatAreDamagedAreNamedBeforeAnythingIsTrained) {
    for (const Damaged& damaged : damaged_files()) {
        SCOPED_TRACE(damaged.name);
        write(here() / damaged.name, damaged.bytes);
        const std::string data = damaged.name.substr(0, damaged.name.find('/'));
        const Answer answer =
            run({"--data", data, "--layers", "2", "--epochs", "1", "--engine", "cpu", "--quiet", "--out", "new"});
        EXPECT_EQ(answer.code, 3) << answer.err;
        EXPECT_THAT(answer.err, AllOf(StartsWith("ae_cuda: "), HasSubstr(damaged.name), HasSubstr(damaged.says)));
        EXPECT_EQ(std::ranges::count(answer.err, '\n'), 1) << answer.err;
        EXPECT_EQ(answer.out, "");
        EXPECT_FALSE(fs::exists(here() / "new"));
    }
}

}  // namespace
}  // namespace ae::formats_test
