// A person's own data as a data set: arrays, tables, IDX files, and what is refused.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ae/dataset.h"
#include "ae/error.h"
#include "file/npy.h"
#include "file/npz.h"
#include "file/picture.h"
#include "idx_files.h"

namespace ae::own_set_test {
namespace {

namespace fs = std::filesystem;
using test::counting_idx;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;
using Sizes = std::vector<std::uint64_t>;

std::string little_endian(const std::vector<double>& values, int bytes) {
    std::string text;
    for (const double v : values)
        for (int i = 0; i < bytes; ++i) text += static_cast<char>(static_cast<std::int64_t>(v) >> (8 * i));
    return text;
}

std::string float_bytes(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

class OwnSet : public testing::Test {
protected:
    Dataset load(const std::string& name, const ImageReading& reading = {}) {
        DatasetOptions options;
        options.source = (folder_ / name).string();
        options.reading = reading;
        options.log = [&](const std::string& line) { log_ += line + "\n"; };
        return load_dataset(options);
    }
    std::string refusal(const std::string& name) {
        return message_of<DataError>([&] { load(name); });
    }
    void write(const std::string& name, const std::string& bytes) const { test::write(folder_ / name, bytes); }
    void write_npy(const std::string& name, const Tensor& tensor) const { write(name, serialize_npy(tensor)); }

    test::TemporaryFolder folder_;
    std::string log_;
};

TEST_F(OwnSet, AnArrayOfImages) {
    write("x.npy", serialize_npy(Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, Sizes{2, 2, 3}));
    const Dataset data = load("x.npy");
    EXPECT_EQ(data.name, "x.npy");
    EXPECT_EQ(data.train.count, 2);
    EXPECT_EQ(data.train.height, 2);
    EXPECT_EQ(data.train.width, 3);
    EXPECT_EQ(data.train.channels, 1);
    EXPECT_THAT(data.train.image(1), ElementsAre(7, 8, 9, 10, 11, 12));
    EXPECT_THAT(data.train.labels, IsEmpty());
    EXPECT_EQ(data.test.count, 0);
    EXPECT_EQ(data.sha256.size(), 64u);
    EXPECT_THAT(log_, HasSubstr("x.npy: 2 images, none of them test images, of 2×3"));
}

TEST_F(OwnSet, ArraysOfEveryLayout) {
    const auto size = [&](const Sizes& shape) {
        std::size_t count = 1;
        for (const std::uint64_t n : shape) count *= n;
        write("x.npy", serialize_npy(Bytes(count, 7), shape));
        const Images images = load("x.npy").train;
        return std::vector{images.count, images.height, images.width, images.channels};
    };
    EXPECT_THAT(size({5, 8}), ElementsAre(5, 1, 8, 1));
    EXPECT_THAT(size({5, 8, 1}), ElementsAre(5, 8, 1, 1));
    EXPECT_THAT(size({5, 8, 6, 3}), ElementsAre(5, 8, 6, 3));
    EXPECT_THAT(size({5, 8, 6, 4}), ElementsAre(5, 8, 6, 4));
    EXPECT_THAT(size({5, 3, 8, 6}), ElementsAre(5, 8, 6, 3));
    EXPECT_THAT(size({5, 1, 8, 6}), ElementsAre(5, 8, 6, 1));
    EXPECT_THAT(size({5, 3, 8, 3}), ElementsAre(5, 3, 8, 3)) << "the last axis decides";
    for (const Sizes& wrong : {Sizes{6}, Sizes{}, Sizes{2, 2, 3, 2}, Sizes{1, 1, 1, 1, 1}}) {
        std::size_t count = 1;
        for (const std::uint64_t n : wrong) count *= n;
        write("wrong.npy", serialize_npy(Bytes(count, 7), wrong));
        EXPECT_THAT(refusal("wrong.npy"), HasSubstr("wrong.npy: an array of shape " + shape_text(wrong)));
    }
}

TEST_F(OwnSet, ChannelsBeforeRowsAreMovedBehindThem) {
    write("x.npy", serialize_npy(Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, Sizes{1, 3, 2, 2}));
    EXPECT_THAT(load("x.npy").train.pixels, ElementsAre(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12));
}

TEST_F(OwnSet, NumbersOfEveryTypeThatAreBytes) {
    for (const auto& [dtype, bytes] : {std::pair(Dtype::i16, 2), {Dtype::u32, 4}, {Dtype::i64, 8}}) {
        write_npy("x.npy", {dtype, {2, 2}, little_endian({0, 1, 200, 255}, bytes)});
        EXPECT_THAT(load("x.npy").train.pixels, ElementsAre(0, 1, 200, 255));
        write_npy("x.npy", {dtype, {2, 1}, little_endian({0, 256}, bytes)});
        EXPECT_THAT(load("x.npy").train.numbers, ElementsAre(0, 256));
    }
    write_npy("x.npy", {Dtype::boolean, {2, 1}, std::string{1, 0}});
    EXPECT_THAT(load("x.npy").train.pixels, ElementsAre(255, 0));
}

TEST_F(OwnSet, FloatsThatAreBytes) {
    std::vector<float> all;
    Bytes bytes;
    for (int k = 0; k < 256; ++k) all.push_back(static_cast<float>(k) / 255), bytes.push_back(std::uint8_t(k));
    write_npy("x.npy", {Dtype::f32, {2, 128}, float_bytes(all)});
    EXPECT_EQ(load("x.npy").train.pixels, bytes);
    EXPECT_THAT(load("x.npy").train.numbers, IsEmpty());
    write_npy("half.npy", {Dtype::f16, {2, 1}, std::string("\x00\x3C\x04\x38", 4)});  // 1 and 128/255, rounded
    EXPECT_THAT(load("half.npy").train.pixels, ElementsAre(255, 128));
}

TEST_F(OwnSet, OtherFloatsAreNumbers) {
    for (const float other : {0.5f, -0.1f, 1.001f, 17.0f, 1e30f}) {
        write_npy("x.npy", {Dtype::f32, {2, 1}, float_bytes({0.0f, other})});
        const Images images = load("x.npy").train;
        EXPECT_THAT(images.numbers, ElementsAre(0, other));
        EXPECT_THAT(images.floats(1, 1), ElementsAre(other));
        EXPECT_THAT(images.pixels, IsEmpty());
    }
    EXPECT_THAT(log_, HasSubstr("x.npy: 2 rows, none of them test rows, of 1 numbers"));
    for (const float none : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        write_npy("x.npy", {Dtype::f32, {2, 3}, float_bytes({0, 0, 0, 0.5f, none, 0})});
        EXPECT_THAT(refusal("x.npy"), HasSubstr(fmt::format("x.npy: {} in row 2, column 2; finite numbers", none)));
        write_npy("x.npy", {Dtype::f32, {1, 2, 3}, float_bytes({0, 0, 0, 0.5f, none, 0})});
        EXPECT_THAT(refusal("x.npy"), HasSubstr("in image 0, row 1, column 1; finite numbers"));
    }
}

TEST_F(OwnSet, NumbersOnRequestAreThoseOfTheFile) {
    const ImageReading as_numbers{.numbers = true, .label = {}, .ignore = {}};
    write("bytes.npy", serialize_npy(Bytes{0, 128, 255}, Sizes{3, 1}));
    EXPECT_THAT(load("bytes.npy", as_numbers).train.numbers, ElementsAre(0, 128, 255));
    write_npy("unit.npy", {Dtype::f32, {2, 1}, float_bytes({0, 1})});
    EXPECT_THAT(load("unit.npy", as_numbers).train.numbers, ElementsAre(0, 1));
    write("t.csv", "a,b\n1,2\n3,4\n");
    EXPECT_THAT(load("t.csv", as_numbers).train.numbers, ElementsAre(1, 2, 3, 4));
    write("one", counting_idx({1, 2, 2}));
    EXPECT_THAT(load("one", as_numbers).train.numbers, ElementsAre(0, 1, 2, 3));
}

TEST_F(OwnSet, BothPartsHoldNumbersWhereOneDoes) {
    write("x.npz", serialize_npz({{"x_train", {Dtype::f32, {2, 1}, float_bytes({0.3f, -2})}},
                                  {"x_test", {Dtype::f32, {2, 1}, float_bytes({0, 1})}}}));
    const Dataset data = load("x.npz");
    EXPECT_THAT(data.train.numbers, ElementsAre(0.3f, -2));
    EXPECT_THAT(data.test.numbers, ElementsAre(0, 1)) << "not 0 and 255";
}

TEST_F(OwnSet, CountsThatNoNetworkTakes) {
    write("wide.npy", serialize_npy(Bytes(65'537), Sizes{1, 65'537}));
    EXPECT_THAT(refusal("wide.npy"), HasSubstr("1 images of 1×65537; up to 2147418111 images of up to 65536"));
    write("none.npy", serialize_npy(Bytes(), Sizes{0, 4, 4}));
    EXPECT_THAT(refusal("none.npy"), HasSubstr("holds no images"));
    write("many.npy", serialize_npy(Bytes(), Sizes{0, 1ull << 40}));
    EXPECT_THAT(refusal("many.npy"), HasSubstr("holds no images"));
}

/// The check is one for all readers, and a header alone meets it: the files are holes, whose values nobody has read.
TEST_F(OwnSet, CountsThatNoNetworkTakesInAnyFormat) {
    const std::string too_wide = "up to 2147418111 images of up to 65536 pixels";
    write("wide.idx", counting_idx({1, 1, 65'537}));
    EXPECT_THAT(refusal("wide.idx"), HasSubstr("wide.idx: 1 images of 1×65537; " + too_wide));
    write("colour.idx", counting_idx({1, 150, 150, 3}));
    EXPECT_THAT(refusal("colour.idx"), HasSubstr("1 images of 150×150×3; " + too_wide));
    const std::string header = test::idx({2'147'418'112, 1, 1}, "");
    for (const char* file : {"many.idx", "set/train-images-idx3-ubyte"}) {
        write(file, header);
        fs::resize_file(folder_ / file, header.size() + 2'147'418'112);
        EXPECT_THAT(refusal(file == std::string("many.idx") ? file : "set"),
                    HasSubstr(std::string(file) + ": 2147418112 images of 1×1; " + too_wide));
    }
    std::string row = "0";
    for (int i = 0; i < 65'536; ++i) row += ",0";
    write("wide.csv", row + "\n");
    EXPECT_THAT(refusal("wide.csv"), HasSubstr("wide.csv: 1 images of 1×65537; " + too_wide));
    Picture red{150, 150, Bytes(150 * 150 * 3, 7), 3};
    red.at(0, 0, 0) = 200;
    write("colours/red.png", encode_png(red));
    EXPECT_THAT(refusal("colours"), HasSubstr("colours: 1 images of 150×150×3; " + too_wide));
    write("greys/large.png", encode_png({257, 256, Bytes(257 * 256)}));
    EXPECT_THAT(refusal("greys"), HasSubstr("large.png"));
}

TEST_F(OwnSet, ArchivesOfArrays) {
    const auto bytes = [](std::size_t n, char value) { return std::string(n, value); };
    const std::map<std::string, Tensor> mnist{{"x_train", {Dtype::u8, {3, 2, 2}, bytes(12, 1)}},
                                              {"y_train", {Dtype::i64, {3}, little_endian({4, 5, 6}, 8)}},
                                              {"x_test", {Dtype::u8, {2, 2, 2}, bytes(8, 2)}},
                                              {"y_test", {Dtype::u8, {2}, std::string{7, 8}}}};
    write("m.npz", serialize_npz(mnist));
    const Dataset data = load("m.npz");
    EXPECT_EQ(data.train.count, 3);
    EXPECT_EQ(data.test.count, 2);
    EXPECT_THAT(data.train.labels, ElementsAre(4, 5, 6));
    EXPECT_THAT(data.test.labels, ElementsAre(7, 8));
    write("one.npz", serialize_npz({{"whatever", {Dtype::u8, {2, 3}, bytes(6, 1)}}}));
    EXPECT_EQ(load("one.npz").train.width, 3);
    write("two.npz", serialize_npz({{"a", {Dtype::u8, {2, 3}, bytes(6, 1)}}, {"b", {Dtype::u8, {2}, bytes(2, 1)}}}));
    EXPECT_THAT(refusal("two.npz"), HasSubstr("holds the arrays a, b; x_train or train_images was expected"));
    for (const auto& [labels, why] : {std::pair(Tensor{Dtype::u8, {2}, bytes(2, 1)}, "labels of shape 2 for 3 images"),
                                      {Tensor{Dtype::f32, {3}, bytes(12, 0)}, "labels of type F32"}}) {
        auto wrong = mnist;
        wrong["y_train"] = labels;
        write("wrong.npz", serialize_npz(wrong));
        EXPECT_THAT(refusal("wrong.npz"), HasSubstr(why));
    }
    auto other = mnist;
    other["x_test"] = {Dtype::u8, {2, 4}, bytes(8, 2)};
    write("other.npz", serialize_npz(other));
    EXPECT_THAT(refusal("other.npz"), HasSubstr("training images of 2×2 and test images of 1×4"));
}

TEST_F(OwnSet, Tables) {
    write("t.csv", "a,kind,b\n1,cat,2\n3,dog,4\n5,cat,6\n");
    const Dataset data = load("t.csv", {.label = "kind", .ignore = {}});
    EXPECT_EQ(data.train.count, 3);
    EXPECT_EQ(data.train.height, 1);
    EXPECT_EQ(data.train.width, 2);
    EXPECT_THAT(data.train.pixels, ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(data.train.labels, ElementsAre(0, 1, 0));
    EXPECT_THAT(data.label_names, ElementsAre("cat", "dog"));
    EXPECT_THAT(log_, HasSubstr("labels: column kind; 2 columns of numbers"));
    EXPECT_THAT(log_, HasSubstr("2 labels: cat, dog"));
    EXPECT_THAT(refusal("t.csv"), HasSubstr("t.csv: line 2, column kind: 'cat' is not a finite number; --ignore"));
    for (const char* value : {"256", "-1", "2.5"}) {
        write("t.csv", "a,b\n1,2\n3," + std::string(value) + "\n");
        const Images images = load("t.csv").train;
        EXPECT_THAT(images.numbers, ElementsAre(1, 2, 3, std::stof(value)));
        EXPECT_THAT(images.columns, ElementsAre("a", "b"));
    }
}

TEST_F(OwnSet, TablesOfPixels) {
    write("kaggle/train.csv", "label,pixel0,pixel1,pixel2,pixel3\n7,1,2,3,4\n9,5,6,7,8\n");
    const Dataset kaggle = load("kaggle");
    EXPECT_EQ(kaggle.train.height, 2);
    EXPECT_EQ(kaggle.train.width, 2);
    EXPECT_THAT(kaggle.train.labels, ElementsAre(7, 9)) << "labels that are numbers stay these numbers";
    EXPECT_THAT(kaggle.label_names, IsEmpty());
    write("places.csv", "label,1x1,1x2,2x1,2x2\n7,1,2,3,4\n");
    EXPECT_EQ(load("places.csv").train.height, 2);
    write("three.csv", "pixel0,pixel1,pixel2\n1,2,3\n");
    EXPECT_EQ(load("three.csv").train.height, 1);
}

TEST_F(OwnSet, IdxFilesWithoutLabelsOrTestImages) {
    write("set/train-images-idx3-ubyte", counting_idx({7, 4, 5}));
    Dataset data = load("set");
    EXPECT_EQ(data.train.count, 7);
    EXPECT_THAT(data.train.labels, IsEmpty());
    EXPECT_EQ(data.test.count, 0);
    write("set/t10k-images-idx3-ubyte", counting_idx({3, 4, 5}));
    write("set/train-labels-idx1-ubyte", counting_idx({7}));
    data = load("set");
    EXPECT_EQ(data.test.count, 3);
    EXPECT_EQ(data.train.labels.size(), 7u);
    write("one", counting_idx({2, 3, 3}));
    EXPECT_EQ(load("one").train.count, 2);
    write("colour", counting_idx({2, 3, 3, 3}));
    EXPECT_EQ(load("colour").train.channels, 3);
    write("labels", counting_idx({6}));
    EXPECT_THAT(refusal("labels"), HasSubstr("has 1 dimensions; images have 3"));
    write("lone/t10k-images-idx3-ubyte", counting_idx({3, 4, 5}));
    EXPECT_THAT(refusal("lone"), HasSubstr("has no train-images"));
    write("two/a-train-images-idx3-ubyte", counting_idx({3, 4, 5}));
    write("two/b-train-images-idx3-ubyte", counting_idx({3, 4, 5}));
    EXPECT_THAT(refusal("two"), HasSubstr("train-images in more than one file"));
}

TEST_F(OwnSet, ImagesAreTransposedOnRequest) {
    write("one", counting_idx({2, 2, 3}));
    const Dataset plain = load("one"), turned = load("one", {.transpose = true, .label = {}, .ignore = {}});
    EXPECT_EQ(turned.train.height, 3);
    EXPECT_EQ(turned.train.width, 2);
    EXPECT_THAT(turned.train.image(0), ElementsAre(0, 3, 1, 4, 2, 5));
    EXPECT_THAT(turned.train.image(1), ElementsAre(6, 9, 7, 10, 8, 11));
    EXPECT_NE(turned.sha256, plain.sha256);
}

TEST_F(OwnSet, ArraysAreResizedAndTurnedGreyOnRequest) {
    write("x.npy", serialize_npy(Bytes{255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255}, Sizes{2, 1, 2, 3}));
    EXPECT_THAT(load("x.npy", {.gray = true, .label = {}, .ignore = {}}).train.pixels, ElementsAre(76, 76, 29, 29));
    const Images small = load("x.npy", {.width = 1, .height = 1, .label = {}, .ignore = {}}).train;
    EXPECT_THAT(small.pixels, ElementsAre(255, 0, 0, 0, 0, 255));
    EXPECT_EQ(small.width, 1);
}

TEST_F(OwnSet, OtherSourcesAreRefusedByName) {
    EXPECT_THAT(refusal("absent"), HasSubstr("absent: no such file or folder; a folder of pictures or IDX files"));
    fs::create_directory(folder_ / "empty");
    EXPECT_THAT(refusal("empty"), HasSubstr("no PNG or JPEG files and no train.csv"));
    write("one.png", encode_png({1, 1, {7}}));
    EXPECT_THAT(refusal("one.png"), HasSubstr("is a PNG picture, a single one"));
    write("x.bin", "\x01\x02\x03\x04");
    EXPECT_THAT(refusal("x.bin"), HasSubstr("is of no known kind"));
    write("x.h5", "\x89HDF\r\n\x1a\n");
    EXPECT_THAT(refusal("x.h5"), HasSubstr("is an HDF5 file"));
    write("nothing", "");
    EXPECT_THAT(refusal("nothing"), HasSubstr("is of no known kind"));
    DatasetOptions device;
    device.source = "/dev/null";
    EXPECT_THAT(message_of<DataError>([&] { (void)load_dataset(device); }), HasSubstr("is neither a file"));
}

}  // namespace
}  // namespace ae::own_set_test
