// Images of bytes: the same bits in any pieces, on any number of threads, and from a file of any format or the standard
// input.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <sstream>

#include "ae/dataset.h"
#include "file/npy.h"
#include "file/npz.h"
#include "idx_files.h"
#include "program.h"

namespace ae::byte_streams_test {
namespace {

using namespace test;
using nlohmann::json;

constexpr std::size_t kImages = 4200, kSide = 8, kPixels = kSide * kSide;  // two pieces of a command, 4096 and 104

std::string as_array(std::span<const std::uint8_t> pixels) {
    return serialize_npy(pixels, std::vector<std::uint64_t>{pixels.size() / kPixels, kSide, kSide});
}

Tensor as_tensor(const Idx& idx) {
    return {Dtype::u8, {idx.dimensions.begin(), idx.dimensions.end()}, {idx.values.begin(), idx.values.end()}};
}

/// A model, thresholds, and images with labels as a folder of plain IDX files, of packed ones, and as an archive.
class ByteStreams : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", 300, kImages, kSide);
        run_well({"--data", "data", "--layers", "16-4-16", "--val", "split:0.2", "--epochs", "2", "--engine", "cpu",
                  "--out", "run"});
        run_well({"anomaly", "fit", "run", "-o", "guard.safetensors"});
        std::map<std::string, Tensor> arrays;
        for (const auto& [file, array] : {std::pair("train-images-idx3-ubyte", "x_train"),
                                          {"train-labels-idx1-ubyte", "y_train"},
                                          {"t10k-images-idx3-ubyte", "x_test"},
                                          {"t10k-labels-idx1-ubyte", "y_test"}}) {
            arrays[array] = as_tensor(read_idx(here() / "data" / file));
            write(here() / "packed" / file, gzip(content_of(here() / "data" / file)));
        }
        put(here() / "a.npz", serialize_npz(arrays));
        fs::copy_file(here() / "data/t10k-images-idx3-ubyte", here() / "many.idx");
        pixels() = read_idx(here() / "many.idx").values;
        put(here() / "many.npy", as_array(pixels()));
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static std::vector<std::uint8_t>& pixels() {
        static std::vector<std::uint8_t> bytes;
        return bytes;
    }
    static std::string run_well(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {}) {
        return run_program_well(arguments, here(), prepare).out;
    }

    /// What `get` gives for the same images in every form that a command takes as its INPUT.
    template <typename Get>
    static void expect_one_answer(Get get) {
        const auto expected = get("many.npy", {});
        EXPECT_FALSE(expected.empty());
        for (const char* input : {"many.idx", "packed", "a.npz"}) EXPECT_TRUE(get(input, {}) == expected) << input;
        EXPECT_TRUE(get("-", [] { from_file(here() / "many.idx"); }) == expected) << "standard input";
        EXPECT_TRUE(get("-", [] { from_pipe(here() / "many.npy"); }) == expected) << "pipe";
    }

    /// The same in these forms of --data.
    template <typename Get>
    static void expect_one_answer_of(const std::vector<std::string>& others, Get get) {
        const auto expected = get("data");
        EXPECT_FALSE(expected.empty());
        for (const std::string& data : others) EXPECT_TRUE(get(data) == expected) << data;
    }

    /// What `get` gives for pieces of this number of images, one after the other.
    template <typename Get>
    static auto in_pieces(std::size_t images, Get get) {
        decltype(get("")) all;
        for (std::size_t first = 0; first < kImages; first += images) {
            const std::size_t count = std::min(images, kImages - first);
            put(here() / "piece.npy", as_array(std::span(pixels()).subspan(first * kPixels, count * kPixels)));
            const auto part = get("piece.npy");
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }

    /// What a command writes to the standard output, an array, without its header, which tells the number of images.
    static std::string values(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"-o", "-"});
        return run_well(arguments).substr(128);
    }
    /// The lines of the table but its header and the names, the images' numbers.
    static std::vector<std::string> scores(const std::string& input) {
        std::istringstream csv(run_well({"anomaly", "score", "guard.safetensors", input, "--csv", "-"}));
        std::vector<std::string> lines;
        for (std::string line; std::getline(csv, line);) lines.push_back(line.substr(line.find(',')));
        lines.erase(lines.begin());
        return lines;
    }
    static json quality(const std::string& data, const std::string& threads = "0") {
        return json::parse(run_well({"eval", "run", "--data", data, "--json", "--threads", threads}));
    }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(ByteStreams, HaveTheSameBitsInAnyPieces) {
    const auto encode = [](const std::string& input) { return values({"encode", "run", input}); };
    const auto rebuild = [](const std::string& data) { return values({"reconstruct", "run", "--data", data}); };
    const auto restore = [](const std::string& input) { return values({"denoise", "run", input}); };
    const std::string codes = encode("many.npy"), rebuilt = rebuild("many.npy"), restored = restore("many.npy");
    const std::vector<std::string> scored = scores("many.npy");
    ASSERT_EQ(codes.size(), kImages * 4 * sizeof(float));
    ASSERT_EQ(rebuilt.size(), kImages * kPixels * sizeof(float));
    ASSERT_EQ(scored.size(), kImages);
    for (const std::size_t images : {1999u, 4097u}) {
        SCOPED_TRACE(fmt::format("{} images", images));
        EXPECT_TRUE(in_pieces(images, encode) == codes);
        EXPECT_TRUE(in_pieces(images, rebuild) == rebuilt);
        EXPECT_TRUE(in_pieces(images, restore) == restored);
        EXPECT_TRUE(in_pieces(images, scores) == scored);
    }
}

/// The means of all images are those of their pieces, put together.
TEST_F(ByteStreams, AreMeasuredAsTheirPiecesAre) {
    const json whole = quality("many.npy");
    for (const char* figure : {"bce", "mse"}) {
        const std::vector<double> parts = in_pieces(1999, [&](const std::string& data) {
            const json part = quality(data);
            return std::vector{part.at("images").get<double>() * part.at(figure).get<double>() / kImages};
        });
        const double mean = std::accumulate(parts.begin(), parts.end(), 0.0);
        EXPECT_NEAR(mean, whole.at(figure).get<double>(), 1e-12 * mean) << figure;
    }
    EXPECT_EQ(quality("many.npy", "1"), quality("many.npy", "3"));
}

TEST_F(ByteStreams, GiveTheSameBitsFromAnyFileAndTheStandardInput) {
    using Prepare = std::function<void()>;
    expect_one_answer([](const std::string& input, const Prepare& prepare) {
        return run_well({"encode", "run", input, "-o", "-"}, prepare);
    });
    expect_one_answer([](const std::string& input, const Prepare& prepare) {
        return run_well({"anomaly", "score", "guard.safetensors", input, "--csv", "-"}, prepare);
    });
    expect_one_answer([](const std::string& input, const Prepare& prepare) {
        return run_well({"denoise", "run", input, "--add-noise", "gaussian:0.3", "--report"}, prepare);
    });
    expect_one_answer([](const std::string& input, const Prepare& prepare) {
        run_well({"compress", "run", input, "-o", "x.aez", "--bits", "5"}, prepare);
        return content_of(here() / "x.aez");
    });
}

TEST_F(ByteStreams, GiveTheSameBitsFromAnySet) {
    const std::vector<std::string> sets{"packed", "a.npz"}, all{"many.npy", "many.idx", "packed", "a.npz"};
    expect_one_answer_of(all, [](const std::string& data) {
        json document = quality(data);
        document.erase("data");
        return document;
    });
    expect_one_answer_of(all, [](const std::string& data) {
        return run_well({"reconstruct", "run", "--data", data, "-o", "-"});
    });
    expect_one_answer_of(sets, [](const std::string& data) {
        return json::parse(
                   run_well({"probe", "run", "--data", data, "--json", "--threads", data == "packed" ? "3" : "1"}))
            .at("measures");
    });
}

}  // namespace
}  // namespace ae::byte_streams_test
