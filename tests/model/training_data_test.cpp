#include "model/training_data.h"

#include <gtest/gtest.h>

#include "ae/error.h"
#include "temporary_folder.h"

namespace ae::training_data_test {
namespace {

namespace fs = std::filesystem;

TEST(TrainingData, ANameStaysAName) {
    for (const char* name : {"mnist", "synthetic"}) {
        Metadata facts;
        describe_source(facts, name, "runs/first");
        EXPECT_EQ(training_data(facts, "elsewhere").source, name);
    }
}

TEST(TrainingData, APathIsFoundFromAnyFolderAndAfterAMove) {
    const test::TemporaryFolder folder;
    fs::create_directories(folder / "a/data");
    fs::create_directories(folder / "a/runs/first");
    Metadata facts;
    describe_source(facts, (folder / "a/data").string(), folder / "a/runs/first");
    EXPECT_EQ(training_data(facts, "").source, folder / "a/data");
    fs::rename(folder / "a", folder / "b");
    EXPECT_EQ(training_data(facts, folder / "b/runs/first").source, folder / "b/data");
    fs::remove(folder / "b/data");
    EXPECT_EQ(training_data(facts, folder / "b/runs/first").source, folder / "a/data") << "for the message";
}

TEST(TrainingData, OlderFilesNameAKnownSetOrNothing) {
    EXPECT_EQ(training_data({{"data", "mnist"}}, "").source, "mnist");
    EXPECT_EQ(training_data({{"data", "folder"}}, "").source, "");
    EXPECT_EQ(training_data({}, "").source, "");
    EXPECT_EQ(training_data({{"digits", "3"}, {"val", "split:0.1"}}, "").selection.digits, "3");
}

TEST(TrainingData, ATableWithOtherColumnsIsRefused) {
    Metadata facts;
    describe_columns(facts, {"a", "b, \"c\""});
    EXPECT_EQ(trained_columns(facts), (std::vector<std::string>{"a", "b, \"c\""}));
    check_columns({"a", "b, \"c\""}, facts, "t.csv");
    check_columns({}, facts, "t.csv");
    check_columns({"x", "y"}, {}, "t.csv");
    EXPECT_EQ(test::message_of<DataError>([&] {
                  check_columns({"a", "c"}, facts, "t.csv");
              }),
              "t.csv: its column of numbers 2 is 'c', and 'b, \"c\"' in the table that the model was trained on");
    EXPECT_TRUE(trained_columns({{"data_columns", "no JSON"}}).empty());
}

}  // namespace
}  // namespace ae::training_data_test
