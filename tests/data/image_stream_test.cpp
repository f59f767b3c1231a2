// Images that are read piece by piece: every piece as it is in the whole, and what is wrong is found where it lies.
#include "data/image_stream.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <thread>

#include "ae/error.h"
#include "compare.h"
#include "data/idx_set.h"
#include "data/image_input.h"
#include "data/pixel_entropy.h"
#include "file/csv_writer.h"
#include "file/npy.h"
#include "file/npy_writer.h"
#include "idx_files.h"
#include "read_images.h"

namespace ae::image_stream_test {
namespace {

using test::message_of;
using test::read_all;
using test::write;
using testing::AllOf;
using testing::HasSubstr;

constexpr int kImages = 300, kPixels = 20;
using Shape64 = std::vector<std::uint64_t>;

class Streams : public testing::Test {
protected:
    ImageStreamPtr open(const std::string& name, const WantedImages& wanted = kPixels, bool invert = false) const {
        return open_images({(folder_ / name).string(), invert, {}}, wanted);
    }

    /// Every way to cut it gives the whole.
    static void expect_pieces_of(const ImageStream& stream) {
        const std::vector<float> whole = read_all(stream).pixels;
        ASSERT_EQ(whole.size(), static_cast<std::size_t>(stream.rows()) * static_cast<std::size_t>(stream.cols()));
        for (const int piece : {1, 7, 256, 299}) {
            std::vector<float> read;
            for (int first = 0; first < stream.rows(); first += piece) {
                const std::vector<float> part = stream.read(first, std::min(piece, stream.rows() - first));
                read.insert(read.end(), part.begin(), part.end());
            }
            EXPECT_EQ(read, whole) << piece;
        }
        const std::vector<float> last = stream.read(stream.rows() - 1, 1), first = stream.read(0, 1);
        EXPECT_TRUE(std::ranges::equal(last, std::span(whole).last(last.size()))) << "backwards";
        EXPECT_TRUE(std::ranges::equal(first, std::span(whole).first(first.size())));
    }

    void write_floats(const std::string& name, const Shape64& shape, const std::vector<float>& values) const {
        write(folder_ / name, serialize_npy(values, shape));
    }

    test::TemporaryFolder folder_;
};

std::vector<float> ramp(std::size_t n) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i % 977) / 977;
    return values;
}

TEST_F(Streams, EveryFormatInPieces) {
    const std::string idx = test::counting_idx({kImages, 4, 5});
    write(folder_ / "plain", idx);
    write(folder_ / "packed", test::gzip(idx));
    const std::vector<std::uint8_t> bytes(idx.begin() + 16, idx.end());
    write(folder_ / "bytes.npy", serialize_npy(bytes, Shape64{kImages, 4, 5}));
    write_floats("floats.npy", {kImages, 4, 5}, ramp(kImages * kPixels));
    for (const char* name : {"plain", "packed", "bytes.npy", "floats.npy"}) {
        SCOPED_TRACE(name);
        const ImageStreamPtr stream = open(name);
        EXPECT_EQ(stream->rows(), kImages);
        expect_pieces_of(*stream);
        expect_pieces_of(*open(name, kPixels, true));
    }
    EXPECT_EQ(read_all(*open("plain")).pixels, read_all(*open("bytes.npy")).pixels);
    EXPECT_EQ(read_all(*open("plain")).pixels, read_all(*open("packed")).pixels);
    EXPECT_EQ(open("plain", kPixels, true)->read(7, 1)[3], 1 - open("plain")->read(7, 1)[3]);
}

TEST_F(Streams, NumbersInPieces) {
    WantedImages any(kPixels);
    any.any_number = true;
    ImageSource source;
    source.data.reading.numbers = true;
    std::vector<float> values = ramp(kImages * kPixels);
    for (float& v : values) v = 1000 * v - 300;
    const std::string idx = test::counting_idx({kImages, 4, 5});
    write(folder_ / "plain", idx);
    write_floats("floats.npy", {kImages, kPixels}, values);
    write(folder_ / "bytes.npy",
          serialize_npy(std::vector<std::uint8_t>(idx.begin() + 16, idx.end()), Shape64{kImages, kPixels}));
    write(folder_ / "table.csv", serialize_csv(values, kPixels, {}));
    const auto open_numbers = [&](const char* name) {
        source.name = (folder_ / name).string();
        return open_images(source, any);
    };
    for (const char* name : {"plain", "floats.npy", "bytes.npy", "table.csv"}) {
        SCOPED_TRACE(name);
        EXPECT_TRUE(open_numbers(name)->facts().are_numbers);
        expect_pieces_of(*open_numbers(name));
    }
    EXPECT_EQ(read_all(*open_numbers("floats.npy")).pixels, values);
    EXPECT_EQ(read_all(*open_numbers("table.csv")).pixels, values);
    EXPECT_EQ(open_numbers("plain")->read(0, 1)[3], 3) << "and no pixel of 3/255";
    EXPECT_EQ(read_all(*open_numbers("plain")).pixels, read_all(*open_numbers("bytes.npy")).pixels);
    values[258 * kPixels + 7] = std::numeric_limits<float>::infinity();
    write_floats("floats.npy", {kImages, kPixels}, values);
    const ImageStreamPtr wrong = open_numbers("floats.npy");
    EXPECT_NO_THROW(wrong->read(0, 258));
    EXPECT_THAT(message_of<DataError>([&] { wrong->read(200, 100); }),
                HasSubstr("floats.npy: inf in row 259, column 8; finite numbers were expected"));
}

TEST_F(Streams, NumbersAreBroughtToAScaleInPieces) {
    Images images = test::random_numbers(50, 1, 4, 1e3f, 5);
    const Scale scale = Scale::fit(Scaling::standard, images);
    const ImageStreamPtr stream = scaled(stream_of(images, "here"), scale);
    EXPECT_TRUE(stream->facts().are_numbers);
    expect_pieces_of(*stream);
    EXPECT_EQ(sha256_of(*stream_of(images, "here")), idx_sha256(images));
    scale.apply(images);
    EXPECT_EQ(read_all(*stream).pixels, images.numbers);
    EXPECT_EQ(read_all(*scaled(stream_of(images, "here"), {})).pixels, images.numbers) << "no scale";
}

TEST_F(Streams, ChannelsBeforeRowsInPieces) {
    write_floats("first.npy", {50, 3, 4, 5}, ramp(50 * 60));
    const WantedImages colour(ImageSize{5, 4, 3});
    expect_pieces_of(*open("first.npy", colour));
    EXPECT_FLOAT_EQ(open("first.npy", colour)->read(1, 1)[1], 80.0f / 977) << "green of the second image's first pixel";
}

TEST_F(Streams, FortranOrderIsReadAtOnce) {
    std::string fortran = serialize_npy(ramp(kImages * kPixels), Shape64{kImages, 4, 5});
    fortran.replace(fortran.find("False"), 5, "True ");
    write(folder_ / "fortran.npy", fortran);
    expect_pieces_of(*open("fortran.npy"));
    EXPECT_EQ(open("fortran.npy")->read(0, 1)[1], ramp(kImages * kPixels)[kImages * 4]);
}

TEST_F(Streams, AreReadByManyThreads) {
    write(folder_ / "packed", test::gzip(test::counting_idx({kImages, 4, 5})));
    const ImageStreamPtr stream = open("packed");
    const std::vector<float> whole = read_all(*stream).pixels;
    std::array<bool, 8> right{};
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < right.size(); ++t)
            threads.emplace_back([&, t] {
                right[t] = true;
                for (int i = static_cast<int>(t); i < kImages; i += 8)
                    right[t] &= std::ranges::equal(
                        stream->read(i, 1), std::span(whole).subspan(static_cast<std::size_t>(i * kPixels), kPixels));
            });
    }
    EXPECT_THAT(right, testing::Each(true));
}

TEST_F(Streams, AValueOutOfPlaceIsNamedByItsImage) {
    std::vector<float> values = ramp(kImages * kPixels);
    values[258 * kPixels + 7] = 1.5f;
    write_floats("wrong.npy", {kImages, 4, 5}, values);
    const ImageStreamPtr stream = open("wrong.npy");
    EXPECT_NO_THROW(stream->read(0, 258));
    EXPECT_THAT(message_of<DataError>([&] { stream->read(256, 44); }),
                HasSubstr("wrong.npy: 1.5 in image 258, row 1, column 2; pixels must lie in [0, 1]"));
    values[258 * kPixels + 7] = std::nanf("");
    write_floats("nan.npy", {kImages, 4, 5}, values);
    EXPECT_THAT(message_of<DataError>([&] { open("nan.npy")->read(258, 1); }), HasSubstr("image 258"));
}

TEST_F(Streams, AFileThatShrinksMeanwhileIsAnErrorAndNoCrash) {
    constexpr int kLong = 30'000;  // longer than what is read ahead
    const std::string idx = test::counting_idx({kLong, 4, 5});
    write(folder_ / "idx", idx);
    write_floats("a.npy", {kLong, 4, 5}, ramp(kLong * kPixels));
    for (const char* name : {"idx", "a.npy"}) {
        const ImageStreamPtr stream = open(name);
        std::filesystem::resize_file(folder_ / name, 1000);
        EXPECT_THAT(message_of<DataError>([&] { stream->read(0, kLong); }), AllOf(HasSubstr(name), HasSubstr("short")));
    }
}

TEST_F(Streams, MoreImagesThanAnIntCanCountAreRefused) {
    std::string header = serialize_npy(std::vector<std::uint8_t>(1), Shape64{1, 1}).substr(0, 128);
    const std::string few = "(1, 1), }         ", many = "(2147418112, 1), }";  // equally long
    ASSERT_NE(header.find(few), std::string::npos);
    header.replace(header.find(few), few.size(), many);
    write(folder_ / "many.npy", header);
    std::filesystem::resize_file(folder_ / "many.npy", 128 + std::uint64_t(2'147'418'112));  // a hole: no disk is used
    EXPECT_THAT(message_of<DataError>([&] { open("many.npy", 1); }),
                HasSubstr("2147418112 images of 1×1; up to 2147418111 images"));
    const std::string idx = test::idx({2'147'418'112, 1, 1}, "");
    write(folder_ / "many.idx", idx);
    std::filesystem::resize_file(folder_ / "many.idx", idx.size() + std::uint64_t(2'147'418'112));
    EXPECT_THAT(message_of<DataError>([&] { open("many.idx", 1); }),
                HasSubstr("many.idx: 2147418112 images of 1×1; up to 2147418111 images"));
}

TEST_F(Streams, GzipDataThatEndEarlyOrGoOn) {
    const std::string idx = test::counting_idx({kImages, 4, 5});
    write(folder_ / "short", test::gzip(idx.substr(0, 3000)));
    write(folder_ / "long", test::gzip(idx + "x"));
    EXPECT_THAT(message_of<DataError>([&] { open("short")->read(0, kImages); }), HasSubstr("cut short"));
    EXPECT_THAT(message_of<DataError>([&] { open("long")->read(290, 10); }), HasSubstr("has data after them"));
}

TEST_F(Streams, ChosenImagesKeepTheirLabelsAndNames) {
    Images images{4, 1, 2, {0, 1, 2, 3, 4, 5, 6, 7}, {9, 8, 7, 6}, 1, {"a", "b", "c", "d"}};
    const std::shared_ptr<const ImageStream> all = stream_of(images, "here");
    const ImageStreamPtr chosen = chosen_images(all, {2, 3, 0});
    EXPECT_EQ(chosen->facts().labels, (std::vector<std::uint8_t>{7, 6, 9}));
    EXPECT_EQ(chosen->facts().names, (std::vector<std::string>{"c", "d", "a"}));
    EXPECT_EQ(chosen->read(1, 2), (std::vector<float>{6 / 255.0f, 7 / 255.0f, 0, 1 / 255.0f}));
    EXPECT_EQ(chosen->read(0, 3).size(), 6u);
}

TEST_F(Streams, HaveTheHashAndTheEntropyOfTheirImages) {
    const Images digits = synthetic_digits(60, 3);
    const ImageStreamPtr stream = stream_of(digits, "here");
    EXPECT_EQ(sha256_of(*stream), idx_sha256(digits));
    PixelEntropy entropy;
    entropy.add(stream->read(0, 25));
    entropy.add(stream->read(25, 35));
    EXPECT_EQ(entropy.mean(), entropy_floor(digits));
    EXPECT_GT(entropy_floor(digits), 0.01);
}

TEST(PixelEntropy, CountsBytesAndAddsOthers) {
    PixelEntropy entropy;
    entropy.add(std::vector<float>{0, 1, 0.5f, 0.25f});
    EXPECT_NEAR(entropy.mean(), (0.6931471806 + 0.5623351446) / 4, 1e-9);
    EXPECT_EQ(PixelEntropy().mean(), 0);
}

TEST(ImagesAtATime, AreWholeChunksOfAnEngine) {
    EXPECT_EQ(images_at_a_time({28, 28, 1}), 4096);
    EXPECT_EQ(images_at_a_time({128, 128, 1}), 256);
    EXPECT_EQ(images_at_a_time({256, 256, 1}), 256);
    EXPECT_EQ(images_at_a_time({64, 64, 1}) % 256, 0);
}

TEST_F(Streams, AnArrayIsWrittenInPiecesAsAtOnce) {
    const std::vector<float> values = ramp(600);
    NpyWriter writer(folder_ / "pieces.npy", Shape64{30, 4, 5});
    for (std::size_t i = 0; i < values.size(); i += 7)
        writer.write(std::span(values).subspan(i, std::min<std::size_t>(7, values.size() - i)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "pieces.npy")) << "before it is whole";
    EXPECT_THROW(writer.write(values), std::logic_error) << "more than its shape has";
    writer.commit();
    EXPECT_EQ(test::content_of(folder_ / "pieces.npy"), serialize_npy(values, Shape64{30, 4, 5}));
    {
        NpyWriter unfinished(folder_ / "unfinished.npy", Shape64{30, 4, 5});
        unfinished.write(std::span(values).first(20));
        EXPECT_THROW(unfinished.commit(), std::logic_error);
    }
    EXPECT_EQ(test::files_in(folder_.path()), 1u) << "nothing is left of it";
}

}  // namespace
}  // namespace ae::image_stream_test
