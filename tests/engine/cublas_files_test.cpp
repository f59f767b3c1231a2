// The places where cuBLAS is looked for: the toolkit's folders, then NVIDIA's Python packages.
#include "engine/cublas_files.h"

#include <gmock/gmock.h>

#include <fstream>

#include "temporary_folder.h"

namespace ae::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class CublasFiles : public testing::Test {
protected:
    TemporaryFolder folder_;
    std::string here_ = folder_.path().string();
    Environment virtual_env_{"VIRTUAL_ENV", ""}, conda_{"CONDA_PREFIX", ""}, path_{"PATH", "/nowhere/bin"},
        home_{"HOME", ""}, cuda_home_{"CUDA_HOME", ""}, cuda_path_{"CUDA_PATH", ""};

    /// Without those that this machine may have below /usr/local, which no variable hides.
    static std::vector<std::string> found(int major) {
        std::vector<std::string> files = cublas_files(major, "/t");
        std::erase_if(files, [](const std::string& file) { return file.starts_with("/usr/local/lib/python3"); });
        return files;
    }

    /// The path of an empty file, with its folders.
    std::string touch(const std::string& name) const {
        const std::filesystem::path path = folder_.path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path).flush();
        return path.string();
    }
};

TEST_F(CublasFiles, AreTheSystemsAndTheToolkits) {
    EXPECT_THAT(found(13), ElementsAre("libcublas.so.13", "/t/libcublas.so.13", "libcublas.so"));
}

TEST_F(CublasFiles, AreThoseOfTheEnvironmentsToolkits) {
    const Environment home("CUDA_HOME", "/a"), path("CUDA_PATH", "/b");
    EXPECT_THAT(found(12), ElementsAre("libcublas.so.12", "/t/libcublas.so.12", "/a/lib64/libcublas.so.12",
                                       "/b/lib64/libcublas.so.12", "libcublas.so"));
}

TEST_F(CublasFiles, TellTheirVersionByTheEndOfTheirLinks) {
    const std::string file = touch("lib/libcublas.so.13.1.0.3"), link = here_ + "/lib/libcublas.so.13";
    std::filesystem::create_symlink("libcublas.so.13.1.0.3", link);
    EXPECT_EQ(first_that_exists({"libcublas.so.13", here_ + "/absent/libcublas.so.13", link}), file);
    EXPECT_EQ(first_that_exists({"libcublas.so.13"}), "");
}

TEST_F(CublasFiles, AreThoseOfPythonPackagesThatThereAre) {
    const std::string shared = touch("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libcublas.so.13"),
                      own = touch("conda/lib/python3.11/site-packages/nvidia/cublas/lib/libcublas.so.13"),
                      debian = touch("home/.local/lib/python3.11/dist-packages/nvidia/cu13/lib/libcublas.so.13"),
                      on_path = touch("opt/lib/python3.13/site-packages/nvidia/cu13/lib/libcublas.so.13");
    touch("venv/lib/python3.12/site-packages/nvidia/cublas/lib/libcublas.so.12");  // of another version
    touch("opt/bin/python3");
    const Environment virtual_env("VIRTUAL_ENV", (here_ + "/venv").c_str()),
        conda("CONDA_PREFIX", (here_ + "/conda").c_str()), home("HOME", (here_ + "/home").c_str()),
        path("PATH", (here_ + "/nothing:" + here_ + "/opt/bin").c_str());
    EXPECT_THAT(found(13),
                ElementsAre("libcublas.so.13", "/t/libcublas.so.13", shared, own, on_path, debian, "libcublas.so"));
    EXPECT_THAT(cublas_advice(13),
                AllOf(HasSubstr("install cuBLAS 13"), HasSubstr(here_ + "/venv, " + here_ + "/conda"),
                      HasSubstr(here_ + "/opt, "), HasSubstr("/usr/local)")));
}

}  // namespace
}  // namespace ae::test
