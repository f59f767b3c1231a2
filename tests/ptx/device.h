// A GPU that runs PTX: the emulator's runtime gives it kernels and memory, the interpreter does the rest.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "block_run.h"
#include "executor.h"

namespace ptx {

/// While one lives, what the program launches runs as nvcc compiled it. One at a time.
class Device : public emulator::Executor {
public:
    /// modules: with the kernels of the program, all for one architecture. They must outlive the device.
    explicit Device(const std::vector<Module>& modules, Rounding rounding = Rounding::exact);
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    ~Device() override;

    struct Profile {
        const Module* module = nullptr;
        const Kernel* kernel = nullptr;
        std::uint32_t threads = 0;  ///< of a block, in the last launch
        int shared_bytes = 0;       ///< of a block, static and dynamic
        Counters counters;
    };
    /// What was launched since the last call of forget_profiles(), by the kernels' names for people.
    const std::map<std::string, Profile>& profiles() const { return profiles_; }
    void forget_profiles() { profiles_.clear(); }

    /// From now on a kernel that writes nothing is no fault, as on a GPU.
    void let_kernels_idle() { idle_is_fault_ = false; }

    /// Throws Error for a fault that a GPU would have had, and for what a GPU would not have seen: a race, a read of
    /// what nobody has written, a kernel that writes nothing.
    void run(const cudaLaunchConfig_t& config, const emulator::KernelCall& call) override;
    void allocated(const void* memory, std::size_t bytes) override { memory_.allocate(memory, bytes); }
    void freed(const void* memory) override { memory_.free(memory); }
    void written(const void* memory, std::size_t bytes) override { memory_.set(memory, bytes, true); }
    void unset(const void* memory, std::size_t bytes) override { memory_.set(memory, bytes, false); }

private:
    struct Entry {
        const Module* module;
        const Kernel* kernel;
    };
    void add_kernels(const Module& module);
    void add_globals(const Module& module);
    const Entry& entry_of(const void* function) const;

    std::map<std::string, Entry> kernels_;  ///< by their demangled names, which both compilers agree on
    std::map<std::string, Profile> profiles_;
    GlobalMemory memory_;
    Rounding rounding_;
    std::uint32_t launches_ = 0;
    bool idle_is_fault_ = true;
};

}  // namespace ptx
