#include "file/input_file.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using test::message_of;
using testing::HasSubstr;

TEST(ReadInput, SaysThatAFileIsLargerThanMemory) {
    const test::TemporaryFolder folder;
    test::put(folder / "vast", "PK");
    std::filesystem::resize_file(folder / "vast", std::uintmax_t(1) << 42);
    EXPECT_THAT(message_of<DataError>([&] { read_input(folder / "vast"); }),
                HasSubstr("vast: its 4398046511104 bytes do not fit into memory"));
    EXPECT_THAT(message_of<DataError>([&] { read_input(folder / "vast", 100); }), HasSubstr("up to 100 were expected"));
}

TEST(BeginningOf, TakesAsMuchAsThereIs) {
    const test::TemporaryFolder folder;
    test::put(folder / "five", "12345");
    EXPECT_EQ(beginning_of(folder / "five", 3), "123");
    EXPECT_EQ(beginning_of(folder / "five", 100), "12345");
    EXPECT_EQ(beginning_of(folder / "five", 0), "");
}

}  // namespace
}  // namespace ae
