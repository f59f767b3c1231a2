#include "compiled.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "error.h"

namespace ptx {

namespace {

std::filesystem::path file(const std::string& source, int architecture) {
    return std::filesystem::path(AE_PTX_FOLDER) / std::to_string(architecture) / (source + ".ptx");
}

/// Files that an earlier build left in the folder are not read.
std::vector<Module> load_modules(int architecture) {
    std::vector<Module> modules;
    for (const char* source : {"fused", "verbs"})
        if (exists(file(source, architecture))) modules.push_back(load_module(file(source, architecture)));
    if (modules.empty()) throw Error("the build made no PTX for compute_" + std::to_string(architecture));
    return modules;
}

}  // namespace

const std::vector<Module>& compiled_for(int architecture) {
    static std::map<int, std::vector<Module>> all;
    auto found = all.find(architecture);
    if (found == all.end()) found = all.emplace(architecture, load_modules(architecture)).first;
    return found->second;
}

std::string compiled_text(const std::string& source, int architecture) {
    std::ifstream in(file(source, architecture));
    if (!in) throw Error("the build made no PTX of " + source + " for compute_" + std::to_string(architecture));
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace ptx
