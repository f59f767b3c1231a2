#include "device.h"

#include <cstring>

#include "error.h"
#include "names.h"
#include "program_symbols.h"

namespace ptx {

namespace {

Extent extent(const uint3& size) {
    return {size.x, size.y, size.z};
}

/// The arguments as the kernel's list of parameters lays them out.
std::vector<std::uint8_t> laid_out(const Kernel& kernel, const std::vector<std::vector<unsigned char>>& arguments) {
    if (arguments.size() != kernel.parameters.size())
        throw Error(short_name(kernel.name) + " is launched with " + std::to_string(arguments.size()) +
                    " arguments, its PTX has " + std::to_string(kernel.parameters.size()));
    std::vector<std::uint8_t> all(static_cast<std::size_t>(kernel.parameter_bytes));
    for (std::size_t n = 0; n < arguments.size(); ++n) {
        const auto bytes = static_cast<std::size_t>(kernel.parameters[n].bytes);
        if (arguments[n].size() != bytes)
            throw Error(short_name(kernel.name) + ": argument " + std::to_string(n) + " has " +
                        std::to_string(arguments[n].size()) + " bytes, in its PTX " + std::to_string(bytes));
        std::memcpy(all.data() + kernel.parameters[n].offset, arguments[n].data(), bytes);
    }
    return all;
}

}  // namespace

Device::Device(const std::vector<Module>& modules, Rounding rounding) : rounding_(rounding) {
    if (emulator::executor() != nullptr) throw Error("there is a device that runs PTX already");
    for (const Module& module : modules) {
        add_kernels(module);
        add_globals(module);
    }
    emulator::executor() = this;
}

Device::~Device() {
    emulator::executor() = nullptr;
}

void Device::add_kernels(const Module& module) {
    for (const auto& [name, kernel] : module.kernels) {
        const auto [at, is_new] = kernels_.try_emplace(demangled(name), Entry{&module, &kernel});
        if (!is_new) throw Error(at->first + " is in " + module.name + " and in " + at->second.module->name);
    }
}

void Device::add_globals(const Module& module) {
    for (const GlobalVariable& variable : module.globals) {
        memory_.allocate(variable.bytes.data(), variable.bytes.size());
        memory_.set(variable.bytes.data(), variable.bytes.size(), true);
    }
}

const Device::Entry& Device::entry_of(const void* function) const {
    const std::string name = demangled(function_name(function));
    const auto found = kernels_.find(name);
    if (found == kernels_.end())
        throw Error("no file of PTX has a kernel " + name + "; is its source among those that are compiled to PTX?");
    return found->second;
}

void Device::run(const cudaLaunchConfig_t& config, const emulator::KernelCall& call) {
    const Entry& entry = entry_of(call.kernel);
    const Launch launch{.module = *entry.module,
                        .kernel = *entry.kernel,
                        .grid = extent(config.gridDim),
                        .block = extent(config.blockDim),
                        .dynamic_shared = static_cast<int>(config.dynamicSmemBytes),
                        .parameters = laid_out(*entry.kernel, call.values),
                        .number = ++launches_,
                        .overlaps = config.numAttrs != 0};
    Profile& profile = profiles_[short_name(entry.kernel->name)];
    profile.module = entry.module;
    profile.kernel = entry.kernel;
    profile.threads = launch.block.volume();
    profile.shared_bytes = entry.kernel->shared_bytes + launch.dynamic_shared;
    Findings findings;
    const long stores = memory_.stores();
    run_grid(launch, {memory_, findings, profile.counters, rounding_});
    if (idle_is_fault_ && memory_.stores() == stores)
        throw Error(short_name(entry.kernel->name) + " wrote nothing: as " + entry.module->name + " has it for sm_" +
                    std::to_string(entry.module->target) + ", it does no work; is it the kernel for this GPU?");
    if (!findings.empty()) throw Error(findings.text());
}

}  // namespace ptx
