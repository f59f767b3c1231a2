// Levels of vector code: which there are and which is taken.
#include "engine/simd_level.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ae/error.h"
#include "program.h"

namespace ae {
namespace {

/// What AE_SIMD calls a level: its text up to the explanation.
std::string name(SimdLevel level) {
    return text(level).substr(0, text(level).find(' '));
}

TEST(SimdLevel, TheHighestIsChosenWhereNothingIsAskedFor) {
    EXPECT_EQ(simd_levels().front(), SimdLevel::base);
    EXPECT_TRUE(std::ranges::is_sorted(simd_levels()));
    EXPECT_EQ(choose_simd_level(nullptr), simd_levels().back());
    EXPECT_EQ(choose_simd_level(""), simd_levels().back());
}

TEST(SimdLevel, ALowerOneCanBeAskedFor) {
    for (const SimdLevel level : simd_levels()) EXPECT_EQ(choose_simd_level(name(level).c_str()), level);
}

TEST(SimdLevel, OneThatIsNotThereIsRefused) {
    for (const char* none : {"avx", "AVX2", "base ", "avx1024"}) EXPECT_THROW(choose_simd_level(none), UsageError);
    for (const SimdLevel level : {SimdLevel::avx2, SimdLevel::avx512})
        if (std::ranges::count(simd_levels(), level) == 0) {
            EXPECT_THROW(choose_simd_level(name(level).c_str()), UsageError);
        }
}

class ProgramAtLevel : public testing::Test {
protected:
    void SetUp() override { test::write_idx_folder(here() / "data", 300, 40, 8); }
    test::fs::path here() const { return folder_.path(); }
    test::Answer run(const std::vector<std::string>& arguments, const std::string& level) const {
        return test::run_program(arguments, here(), {"AE_SIMD=" + level});
    }

    test::TemporaryFolder folder_;
};

TEST_F(ProgramAtLevel, InfoAndExplainSayWhichIsInUse) {
    for (const SimdLevel level : simd_levels()) {
        EXPECT_NE(run({"info"}, name(level)).out.find("vectors        " + text(level) + '\n'), std::string::npos);
        const test::Answer explained =
            run({"explain", "--data", "data", "--engine", "cpu", "--layers", "64-16-64", "--batch-size", "32"},
                name(level));
        EXPECT_NE(explained.out.find("vectors  " + text(level) + '\n'), std::string::npos) << explained.err;
    }
}

TEST_F(ProgramAtLevel, AWrongOneIsAUsageError) {
    const test::Answer answer = run({"info"}, "mmx");
    EXPECT_EQ(answer.code, 2);
    EXPECT_NE(answer.err.find("AE_SIMD: 'mmx' is not one of base"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace ae
