// Sets that stay on disk are those that load_dataset() reads.
#include "data/set_streams.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "data/data_selection.h"
#include "file/npy.h"
#include "idx_files.h"

namespace ae::set_streams_test {
namespace {

namespace fs = std::filesystem;
using test::counting_idx;
using test::message_of;
using testing::HasSubstr;

constexpr const char* kStems[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                  "t10k-labels-idx1-ubyte"};

class SetStreamsOnDisk : public testing::Test {
protected:
    SetStreamsOnDisk() { write_plain_set("set", 5); }

    void write_plain_set(const std::string& name, std::uint32_t width) const {
        write(name, 0, counting_idx({7, 4, width})), write(name, 1, counting_idx({7}, 3));
        write(name, 2, counting_idx({3, 4, width}, 13)), write(name, 3, counting_idx({3}, 2));
    }
    void write(const std::string& set, int file, const std::string& bytes) const {
        test::write(folder_ / set / kStems[file], bytes);
    }
    std::optional<SetStreams> open(const std::string& name, bool as_numbers = false) const {
        return set_on_disk((folder_ / name).string(), WantedImages(ImageSize{5, 4}), as_numbers);
    }
    Dataset load(const std::string& name) const {
        DatasetOptions options;
        options.source = (folder_ / name).string();
        return load_dataset(options);
    }

    test::TemporaryFolder folder_;
};

TEST_F(SetStreamsOnDisk, AreThoseThatAreLoaded) {
    const std::optional<SetStreams> set = open("set");
    ASSERT_TRUE(set && set->test);
    const SelectedData same = select(load("set"), {}, 1);
    EXPECT_EQ(set->name, "set");
    EXPECT_EQ(set->origin, same.data.origin);
    EXPECT_EQ(describe(*set), "set: 7 training and 3 test images of 4×5, " + same.data.origin);
    for (const auto& [stream, images] :
         {std::pair(set->train.get(), &same.data.train), std::pair(set->test.get(), &same.data.test)}) {
        EXPECT_EQ(stream->read(0, stream->rows()), images->floats(0, images->count));
        EXPECT_EQ(stream->read(1, 2), images->floats(1, 2));
        EXPECT_EQ(stream->facts().labels, images->labels);
    }
    EXPECT_EQ(train_sha256(*set), same.data.sha256);
    EXPECT_EQ(rest_sha256(*set), same.rest_sha256);
    const SetStreams held = streams_of(load("set"));
    EXPECT_EQ(train_sha256(held), same.data.sha256);
    EXPECT_EQ(rest_sha256(held), same.rest_sha256);
}

TEST_F(SetStreamsOnDisk, TellHowFarTheirHashesAre) {
    std::vector<std::pair<int, int>> told;
    const auto progress = [&](int done, int all) { told.emplace_back(done, all); };
    train_sha256(*open("set"), progress);
    rest_sha256(*open("set"), progress);
    EXPECT_EQ(told, (std::vector{std::pair(7, 7), std::pair(3, 3)}));
}

TEST_F(SetStreamsOnDisk, HaveTheLabelsAskedFor) {
    const std::optional<SetStreams> set = open("set");
    ASSERT_TRUE(set);
    const SetStreams::Stream ones = with_labels(set->train, LabelSet(0b10), *set);
    EXPECT_EQ(ones->facts().labels, (std::vector<std::uint8_t>{1, 1}));
    EXPECT_EQ(ones->read(1, 1), set->train->read(4, 1));
    EXPECT_THAT(message_of<UsageError>([&] { with_labels(set->test, LabelSet(0b100), *set); }),
                HasSubstr("nothing is left; the images of set have the labels 0, 1"));
}

TEST_F(SetStreamsOnDisk, AreAPlainFileOrAnArray) {
    fs::rename(folder_ / "set" / kStems[0], folder_ / "images");
    const std::optional<SetStreams> idx = open("images");
    ASSERT_TRUE(idx);
    EXPECT_EQ(idx->train->rows(), 7);
    EXPECT_EQ(idx->test, nullptr);
    EXPECT_THAT(message_of<UsageError>([&] { with_labels(idx->train, LabelSet(1), *idx); }),
                HasSubstr("the images of images have no labels"));
    const std::vector<std::uint64_t> shape{2, 4, 5};
    test::write(folder_ / "bytes.npy", serialize_npy(std::vector<std::uint8_t>(40, 51), shape));
    test::write(folder_ / "floats.npy", serialize_npy(std::vector<float>(40, 0.2f), shape));
    ASSERT_TRUE(open("bytes.npy"));
    EXPECT_EQ(open("bytes.npy")->train->read(1, 1), std::vector<float>(20, 0.2f));
    EXPECT_FALSE(open("floats.npy")) << "all may be bytes";
    WantedImages numbers(20);
    numbers.any_number = true;
    EXPECT_TRUE(set_on_disk((folder_ / "floats.npy").string(), numbers, true));
}

TEST_F(SetStreamsOnDisk, AreNoneOfTheOthers) {
    write("packed", 0, test::gzip(counting_idx({7, 4, 5})));
    write_plain_set("wide", 6);
    write_plain_set("half", 5), write("half", 2, counting_idx({3, 4, 6}));
    for (const char* name : {"packed", "wide", "half", "absent"}) EXPECT_FALSE(open(name)) << name;
    EXPECT_FALSE(open("set", true)) << "bytes as numbers";
    EXPECT_FALSE(set_on_disk("mnist", WantedImages(784), false));
}

TEST_F(SetStreamsOnDisk, MayLackLabelsAndTestImages) {
    for (const int file : {1, 2, 3}) fs::remove(folder_ / "set" / kStems[file]);
    const std::optional<SetStreams> set = open("set");
    ASSERT_TRUE(set);
    EXPECT_EQ(set->test, nullptr);
    EXPECT_TRUE(set->train->facts().labels.empty());
}

TEST_F(SetStreamsOnDisk, WithOtherLabelsThanImagesAreRefused) {
    write("set", 1, counting_idx({6}, 3));
    EXPECT_THAT(message_of<DataError>([&] { open("set"); }), HasSubstr("6 labels for the 7 images of train-images"));
}

}  // namespace
}  // namespace ae::set_streams_test
