// ptx_count [ENGINE [ARCHITECTURE…]]: what the kernels of a step cost, counted while they run as nvcc compiled them, as
// JSON.
//
// The step is a full one of 256 images in the middle of training: the engine `fused` does the updates of the one before
// in it. Products of cuBLAS are no kernels of ours and are not counted.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "compiled.h"
#include "device.h"
#include "fused_problem.h"

namespace ptx {
namespace {

using nlohmann::ordered_json;

ordered_json described(const std::string& name, const Device::Profile& profile) {
    const Counters& c = profile.counters;
    return {{"kernel", name},
            {"threads", profile.threads},
            {"shared_bytes", profile.shared_bytes},
            {"launches", c.launches},
            {"blocks", c.blocks},
            {"warp_instructions", c.instructions},
            {"longest_warp", c.longest_warp},
            {"shared_wavefronts", c.shared_wavefronts},
            {"least_shared_wavefronts", c.least_shared_wavefronts},
            {"global_accesses", c.global_accesses},
            {"sectors", c.sectors},
            {"least_sectors", c.least_sectors}};
}

ordered_json step_of(const std::string& engine_name, int architecture) {
    choose_cut(architecture >= 80);
    const FusedProblem problem(256, 256);
    Device device(compiled_for(architecture));
    const auto engine = problem.engine(engine_name);
    engine->run(1);
    device.forget_profiles();
    engine->run(1);
    ordered_json kernels = ordered_json::array();
    for (const auto& [name, profile] : device.profiles()) kernels.push_back(described(name, profile));
    return {{"engine", engine_name}, {"architecture", architecture}, {"kernels", kernels}};
}

int run(const std::vector<std::string>& arguments) {
    const std::string engine = arguments.empty() ? "fused" : arguments[0];
    std::vector<int> architectures;
    for (std::size_t i = 1; i < arguments.size(); ++i) architectures.push_back(std::stoi(arguments[i]));
    if (architectures.empty()) architectures = {75, 80, 90};
    ordered_json all = ordered_json::array();
    for (const int architecture : architectures) all.push_back(step_of(engine, architecture));
    std::printf("%s\n", all.dump(1).c_str());
    return 0;
}

}  // namespace
}  // namespace ptx

int main(int argc, char** argv) {
    try {
        return ptx::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ptx_count: %s\n", error.what());
        return 1;
    }
}
