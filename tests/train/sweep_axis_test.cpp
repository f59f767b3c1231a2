// Lists, ranges, grids and draws.
#include "train/sweep_axis.h"

#include <gmock/gmock.h>

#include <set>

#include "ae/error.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

SweepAxis rates(const std::vector<std::string>& items) {
    return number_axis("--lr", items, SweepNumbers::positive);
}
SweepAxis widths(const std::vector<std::string>& items) {
    return number_axis("--code", items, SweepNumbers::whole);
}

TEST(SweepAxis, ReadsListsAndRanges) {
    EXPECT_THAT(rates({"1e-3", "0.003", "0.001"}).values, ElementsAre("0.001", "0.003"));
    EXPECT_THAT(rates({"log:1e-4..1e-2:5"}).values, ElementsAre("0.0001", "0.0003162", "0.001", "0.003162", "0.01"));
    EXPECT_THAT(rates({"lin:0.1..0.4:4"}).values, ElementsAre("0.1", "0.2", "0.3", "0.4"));
    EXPECT_THAT(rates({"1e-5", "log:1e-4..1e-3:2"}).values, ElementsAre("1e-05", "0.0001", "0.001"));
    EXPECT_THAT(widths({"log:8..64:4"}).values, ElementsAre("8", "16", "32", "64"));
    EXPECT_THAT(widths({"log:2..4:10"}).values, ElementsAre("2", "3", "4")) << "each value once";
    EXPECT_THAT(word_axis("--noise", {"none", "mask:0.5", "none"}).values, ElementsAre("none", "mask:0.5"));
}

TEST(SweepAxis, EndsOfARangeAreExact) {
    EXPECT_THAT(rates({"log:0.000123456..0.0123456:3"}).values, ElementsAre("0.000123456", "0.001235", "0.0123456"));
}

TEST(SweepAxis, RefusesWhatIsNoListAndNoRange) {
    for (const auto& [item, says] : std::initializer_list<std::pair<const char*, const char*>>{
             {"fast", "'fast' is neither a number above 0 nor a range such as log:1e-4..1e-2:8"},
             {"", "''"},
             {"0", "'0'"},
             {"-1", "'-1'"},
             {"nan", "'nan'"},
             {"inf", "'inf'"},
             {"1e-3x", "'1e-3x'"},
             {"log:1e-4", "is not LO..HI"},
             {"log:1e-2..1e-4:3", "does not rise"},
             {"log:0..1:3", "'0'"},
             {"log:1e-4..1e-2:1", "a number of values in 2…1000"},
             {"log:1e-4..1e-2:1001", "a number of values in 2…1000"},
             {"log:1e-4..1e-2:2.5", "a number of values in 2…1000"},
             {"log:1e-4..1e-2:", "a number of values in 2…1000"}})
        try {
            rates({item});
            ADD_FAILURE() << item << " was read";
        } catch (const UsageError& error) {
            EXPECT_THAT(error.what(), HasSubstr(says));
            EXPECT_THAT(error.what(), testing::StartsWith("--lr: "));
        }
    EXPECT_THROW(widths({"8.5"}), UsageError);
    EXPECT_THROW(widths({"3000000000"}), UsageError);
    EXPECT_THROW(rates({"1e-5", "log:1e-4..1e-3"}), UsageError);
}

TEST(SweepAxis, AGridHasEveryCombination) {
    EXPECT_THAT(
        grid({rates({"1", "2"}), widths({"8", "16"})}),
        ElementsAre(ElementsAre("1", "8"), ElementsAre("1", "16"), ElementsAre("2", "8"), ElementsAre("2", "16")));
    EXPECT_THAT(grid({}), ElementsAre(ElementsAre()));
    EXPECT_THROW(grid({rates({"log:1e-4..1e-2"})}), UsageError);
    const SweepAxis thousand = rates({"log:1e-4..1e-2:1000"});
    EXPECT_THROW(grid({thousand, thousand}), UsageError);
}

TEST(SweepAxis, DrawsFollowTheSeed) {
    const std::vector<SweepAxis> axes{rates({"log:1e-4..1e-2"}), widths({"8", "16", "32"})};
    const auto drawn = random_settings(axes, 200, 7);
    EXPECT_THAT(drawn, SizeIs(200));
    EXPECT_EQ(drawn, random_settings(axes, 200, 7));
    EXPECT_NE(drawn, random_settings(axes, 200, 8));
    EXPECT_EQ(std::set(drawn.begin(), drawn.end()).size(), drawn.size()) << "no two are alike";
    int low = 0;
    std::set<std::string> seen;
    for (const auto& setting : drawn) {
        const double rate = std::stod(setting[0]);
        EXPECT_TRUE(rate >= 1e-4 && rate <= 1e-2) << rate;
        low += rate < 1e-3;
        seen.insert(setting[1]);
    }
    EXPECT_TRUE(low > 70 && low < 130) << low << " of 200 in the lower half of a logarithmic range";
    EXPECT_EQ(seen.size(), 3u);
}

TEST(SweepAxis, DrawsEndWhereAllSettingsAreDrawn) {
    EXPECT_THAT(random_settings({widths({"8", "16"})}, 50, 1), SizeIs(2));
}

}  // namespace
}  // namespace ae
