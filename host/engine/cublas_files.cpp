#include "engine/cublas_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "ae/error.h"
#include "file/paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Folders that have lib/python3.*/, each once.
std::vector<fs::path> python_prefixes() {
    std::vector<fs::path> prefixes;
    const auto add = [&](const fs::path& prefix) {
        if (!prefix.empty() && std::ranges::find(prefixes, prefix) == prefixes.end()) prefixes.push_back(prefix);
    };
    add(environment("VIRTUAL_ENV"));
    add(environment("CONDA_PREFIX"));
    std::istringstream path(environment("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
        if (!folder.empty() && look_at(fs::path(folder) / "python3").exists()) add(fs::path(folder).parent_path());
    }
    if (const std::string home = environment("HOME"); !home.empty()) add(fs::path(home) / ".local");
    add("/usr/local");
    return prefixes;
}

/// The entries of a folder, sorted; none if it cannot be read.
std::vector<fs::path> folders_in(const fs::path& folder) {
    if (look_at(folder).kind != PathKind::folder) return {};
    try {
        return entries_of(folder);
    } catch (const DataError&) {
        return {};
    }
}

/// `file` in the Python packages of one prefix, of the names `nvidia`. From CUDA 13 on all of NVIDIA's libraries share
/// a folder.
void add_packaged(std::vector<std::string>& files, const fs::path& prefix, const std::string& file,
                  const std::vector<std::string>& nvidia) {
    for (const fs::path& python : folders_in(prefix / "lib")) {
        if (!python.filename().string().starts_with("python3")) continue;
        for (const char* packages : {"site-packages", "dist-packages"}) {
            for (const std::string& package : nvidia) {
                const fs::path path = python / packages / "nvidia" / package / "lib" / file;
                if (look_at(path).exists()) files.push_back(path.string());
            }
        }
    }
}

/// `file` in the toolkits that the environment names.
void add_toolkits(std::vector<std::string>& files, const std::string& file) {
    for (const char* variable : {"CUDA_HOME", "CUDA_PATH"})
        if (const std::string folder = environment(variable); !folder.empty())
            files.push_back(folder + "/lib64/" + file);
}

}  // namespace

std::vector<std::string> cublas_files(int major, const std::string& toolkit_folder) {
    const std::string file = "libcublas.so." + std::to_string(major);
    std::vector<std::string> files = {file, toolkit_folder + "/" + file};
    add_toolkits(files, file);
    for (const fs::path& prefix : python_prefixes())
        add_packaged(files, prefix, file, {"cu" + std::to_string(major), "cublas"});
    files.push_back("libcublas.so");
    return files;
}

std::vector<std::string> nccl_files() {
    const std::string file = "libnccl.so.2";
    std::vector<std::string> files = {file};
    add_toolkits(files, file);
    for (const fs::path& prefix : python_prefixes()) add_packaged(files, prefix, file, {"nccl"});
    return files;
}

std::string nccl_advice() {
    return "install NCCL 2 (libnccl2, or nvidia-nccl from PyPI), or name its folder in LD_LIBRARY_PATH";
}

std::string first_that_exists(const std::vector<std::string>& files) {
    for (const std::string& file : files)
        if (file.find('/') != file.npos && look_at(file).kind == PathKind::file)
            return end_of_links(file).value_or(file).string();
    return "";
}

std::string cublas_advice(int major) {
    std::string prefixes;
    for (const fs::path& prefix : python_prefixes()) prefixes += (prefixes.empty() ? "" : ", ") + prefix.string();
    return "install cuBLAS " + std::to_string(major) +
           ", name its folder in LD_LIBRARY_PATH or the toolkit's in CUDA_HOME, or use --engine cpu (Python packages "
           "were looked for below " +
           prefixes + ")";
}

}  // namespace ae
