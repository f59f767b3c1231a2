// Libraries that are loaded while the program runs, and the messages when that fails.
#include "base/shared_library.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <zlib.h>

#include "ae/error.h"
#include "program.h"

namespace ae::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

template <typename Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const GpuError& error) {
        return error.what();
    }
    return "done";
}

fs::path file_of_zlib() {
    const SharedLibrary zlib("zlib", {"libz.so.1"}, "");
    decltype(&zlibVersion) version = zlib.function("zlibVersion");
    Dl_info found{};
    return dladdr(reinterpret_cast<void*>(version), &found) != 0 ? found.dli_fname : "";
}

TEST(SharedLibrary, GivesItsFunctionsAndThoseOfWhatItNeeds) {
    const SharedLibrary zip("libzip", {"libzip.so.4", "libzip.so.5"}, "");
    decltype(&zlibVersion) version = zip.function("zlibVersion");
    EXPECT_STREQ(version(), zlibVersion());
}

TEST(SharedLibrary, IsTheFirstFileThatCanBeLoaded) {
    const SharedLibrary z("zlib", {"libz_of_nobody.so.1", "/nowhere/libz.so.1", "libz.so.1"}, "");
    EXPECT_THAT(refusal([&] { (void)z.function("deflated"); }), HasSubstr("zlib: libz.so.1 has no function deflated;"));
}

TEST(SharedLibrary, SaysWhatWasTriedAndWhatToDo) {
    EXPECT_THAT(refusal([] {
                    SharedLibrary("XY", {"libxy.so.1", "/nowhere/libxy.so.1"}, "install XY");
                }),
                AllOf(StartsWith("XY could not be loaded (libxy.so.1: "), HasSubstr("; /nowhere/libxy.so.1: "),
                      HasSubstr("No such file"), EndsWith("); install XY"), Not(HasSubstr("\n"))));
}

/// A folder with another library under the name of cuBLAS.
class WrongCublas : public testing::Test {
protected:
    TemporaryFolder folder_;
    std::string search_ = "LD_LIBRARY_PATH=" + folder_.path().string();

    void SetUp() override {
        if (run_program({"info"}, folder_.path()).out.find("cuBLAS") == std::string::npos)
            GTEST_SKIP() << "built without CUDA";
        for (int major = 12; major < 20; ++major)
            fs::copy_file(file_of_zlib(), folder_.path() / ("libcublas.so." + std::to_string(major)));
    }
};

/// Where there is no GPU, info loads none.
TEST_F(WrongCublas, IsNamedByInfoWhereThereIsAGpu) {
    const Answer answer = run_program({"info"}, folder_.path(), {search_});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out, testing::AnyOf(HasSubstr("GPU            none usable: "),
                                           AllOf(HasSubstr("; cuBLAS: libcublas.so."),
                                                 HasSubstr(" has no function cublasCreate_v2"))));
}

TEST_F(WrongCublas, IsNothingToTheCpu) {
    write_idx_folder(folder_.path() / "data", 256, 8, 4);
    const std::vector<std::string> train = {"train",   "--data",   "data", "--engine", "cpu", "--layers",
                                            "16-4-16", "--epochs", "1",    "--out",    "run"};
    const Answer answer = run_program(train, folder_.path(), {search_});
    EXPECT_EQ(answer.code, 0) << answer.err;
}

}  // namespace
}  // namespace ae::test
