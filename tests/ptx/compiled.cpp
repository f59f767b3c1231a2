#include "compiled.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "device.h"
#include "error.h"

namespace ptx {

namespace {

std::filesystem::path folder(int architecture) {
    return std::filesystem::path(AE_PTX_FOLDER) / std::to_string(architecture);
}

}  // namespace

const std::vector<Module>& compiled_for(int architecture) {
    static std::map<int, std::vector<Module>> all;
    auto found = all.find(architecture);
    if (found == all.end()) found = all.emplace(architecture, load_modules(folder(architecture))).first;
    return found->second;
}

std::string compiled_text(const std::string& source, int architecture) {
    std::ifstream in(folder(architecture) / (source + ".ptx"));
    if (!in) throw Error("the build made no PTX of " + source + " for compute_" + std::to_string(architecture));
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace ptx
