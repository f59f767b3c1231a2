// ptx_count ENGINE[*MODELS]:ARCHITECTURE…: the costs of the kernels of a step, counted while they run as nvcc compiled
// them; JSON.
//
// The step is a full one of 256 images in the middle of training: what two steps in a row take more than one. The
// engine `fused` does the updates of the step before in it. Products of cuBLAS are no kernels of ours and are not
// counted.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "compiled.h"
#include "device.h"
#include "error.h"
#include "fused_problem.h"

namespace ptx {
namespace {

using nlohmann::ordered_json;

using Profiles = std::map<std::string, Device::Profile>;

/// The counts of a profile, without those of a shorter run.
ordered_json described(const std::string& name, const Device::Profile& profile, const Counters& less) {
    const Counters& c = profile.counters;
    return {{"kernel", name},
            {"threads", profile.threads},
            {"shared_bytes", profile.shared_bytes},
            {"launches", c.launches - less.launches},
            {"blocks", c.blocks - less.blocks},
            {"warp_instructions", c.instructions - less.instructions},
            {"longest_warp", c.longest_warp},
            {"shared_wavefronts", c.shared_wavefronts - less.shared_wavefronts},
            {"least_shared_wavefronts", c.least_shared_wavefronts - less.least_shared_wavefronts},
            {"global_accesses", c.global_accesses - less.global_accesses},
            {"sectors", c.sectors - less.sectors},
            {"least_sectors", c.least_sectors - less.least_sectors}};
}

/// The number of models in "cublas*16", which are trained side by side; 0 where there is no number.
int models_in(const std::string& name) {
    const std::size_t star = name.find('*');
    return star == name.npos ? 0 : std::stoi(name.substr(star + 1));
}

/// asked: "fused:80" or "cublas*16:80", an engine, with the architecture that its kernels are compiled for.
ordered_json step_of(const std::string& asked) {
    const std::size_t colon = asked.find(':');
    if (colon == asked.npos) throw Error("'" + asked + "' is not ENGINE:ARCHITECTURE, as in fused:80");
    const std::string name = asked.substr(0, colon);
    const int architecture = std::stoi(asked.substr(colon + 1));
    load_code_for(architecture);
    const FusedProblem problem(256, 256);
    Device device(compiled_for(architecture));
    const int models = models_in(name);
    const auto engine = models > 0 ? nullptr : problem.engine(name);
    const auto group = models > 0 ? problem.group(models) : nullptr;
    const auto run = [&](std::uint64_t steps) { models > 0 ? group->run(steps) : engine->run(steps); };
    if (name != "fused") run(1);  // which gathers its own images, as later steps do not
    const auto profiles_of = [&](std::uint64_t steps) {
        device.forget_profiles();
        run(steps);
        return device.profiles();
    };
    const Profiles one = profiles_of(1), two = profiles_of(2);
    ordered_json kernels = ordered_json::array();
    for (const auto& [kernel, profile] : two) {
        const auto before = one.find(kernel);
        const Counters less = before == one.end() ? Counters() : before->second.counters;
        if (profile.counters.launches > less.launches) kernels.push_back(described(kernel, profile, less));
    }
    return {{"engine", name}, {"architecture", architecture}, {"kernels", kernels}};
}

}  // namespace
}  // namespace ptx

int main(int argc, char** argv) {
    try {
        ptx::ordered_json steps = ptx::ordered_json::array();
        for (int i = 1; i < argc; ++i) steps.push_back(ptx::step_of(argv[i]));
        std::printf("%s\n", steps.dump(1).c_str());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ptx_count: %s\n", error.what());
        return 1;
    }
}
