#include "base/words.h"

#include <gtest/gtest.h>

namespace ae {
namespace {

TEST(NearestWord, IsTheOneThatBeginsSoOrIsNearest) {
    const std::vector<std::string> words{"train", "eval", "explain", "export"};
    EXPECT_EQ(nearest_word("trian", words), "train");
    EXPECT_EQ(nearest_word("tr", words), "train");
    EXPECT_EQ(nearest_word("exp", words), "") << "two begin so, and both are far";
    EXPECT_EQ(nearest_word("exprt", words), "export");
    EXPECT_EQ(nearest_word("nothing", words), "");
    EXPECT_EQ(nearest_word("train", {}), "");
}

}  // namespace
}  // namespace ae
