// The cache of algorithms: kept, merged, and ignored where it is not whole, not ours or not writable.
#include "engine/algorithm_cache.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace ae::test {
namespace {

namespace fs = std::filesystem;

constexpr Algorithm kOne{1, 2, 3, 0xFFFFFFFFFFFFFFFF}, kOther{9};

class Algorithms : public testing::Test {
protected:
    TemporaryFolder folder_{memory_or_disk()};
    Environment cache_home_{"XDG_CACHE_HOME", folder_.path().c_str()};

    static AlgorithmCache cache(const std::string& made_for = "library GPU (sm_90) 1 2") {
        return AlgorithmCache(made_for);
    }
};

TEST_F(Algorithms, AreKept) {
    EXPECT_EQ(cache().file(), folder_ / "ae_cuda/library-GPU-sm_90-1-2.json");
    EXPECT_FALSE(cache().find("a"));
    cache().put("a", kOne);
    EXPECT_EQ(cache().find("a"), kOne);
    EXPECT_FALSE(cache().find("b"));
    cache().put("a", kOther);
    EXPECT_EQ(cache().find("a"), kOther);
}

TEST_F(Algorithms, OfTwoProcessesAreMerged) {
    AlgorithmCache first = cache(), second = cache();
    first.put("a", kOne);
    second.put("b", kOther);
    EXPECT_EQ(cache().find("a"), kOne);
    EXPECT_EQ(cache().find("b"), kOther);
}

TEST_F(Algorithms, OfAnythingElseAreNotTaken) {
    cache().put("a", kOne);
    EXPECT_FALSE(cache("library GPU (sm_90) 1 3").find("a"));
    fs::copy_file(cache().file(), cache("another").file());
    EXPECT_FALSE(cache("another").find("a"));
}

TEST_F(Algorithms, DamagedAreIgnoredAndWrittenAnew) {
    cache().put("a", kOne);
    const std::string whole = content_of(cache().file());
    std::string sign = whole, text = whole;
    sign[whole.find("0000")] = '-';
    text.replace(whole.find("ae_cuda choices 1"), 17, "ae_cuda choices 9");
    const std::string deep(100'000, '[');
    for (const std::string& bytes : {std::string(), std::string("{}"), std::string("[1]"), whole.substr(0, 60), sign,
                                     text, deep, std::string(2 << 20, ' '), std::string(R"({"choices": {"a": 1}})")}) {
        put(cache().file(), bytes);
        EXPECT_FALSE(cache().find("a")) << bytes.substr(0, 60);
        cache().put("a", kOther);
        EXPECT_EQ(cache().find("a"), kOther);
    }
}

TEST_F(Algorithms, WithoutAPlaceLastAsLongAsTheProcess) {
    put(folder_ / "ae_cuda", "a file where the folder should be");
    AlgorithmCache unwritable = cache();
    unwritable.put("a", kOne);
    EXPECT_EQ(unwritable.find("a"), kOne);

    const Environment no_cache("XDG_CACHE_HOME", nullptr), no_home("HOME", nullptr);
    AlgorithmCache homeless = cache();
    homeless.put("a", kOne);
    EXPECT_EQ(homeless.find("a"), kOne);
    EXPECT_TRUE(homeless.file().empty());
}

}  // namespace
}  // namespace ae::test
