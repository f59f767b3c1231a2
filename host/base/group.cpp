#include "ae/group.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "ae/error.h"
#include "ae/version.h"
#include "base/launcher.h"
#include "base/shared_library.h"

namespace ae {

namespace {

class Alone final : public Group {
public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    int local_rank() const override { return 0; }
    int machines() const override { return 1; }
    std::string name() const override { return "no MPI"; }
    void broadcast(std::span<std::byte>) override {}
    void all_gather(std::span<std::byte>, std::span<const std::size_t>) override {}
    void max(std::span<double>) override {}
    Exchange& exchange(std::size_t, const std::vector<int>&) override {
        throw std::logic_error("a group of one exchanges nothing");
    }
    [[noreturn]] void abort(int code) override { std::_Exit(code); }
};

/// The folder of this program; empty where the system does not say.
std::string folder_of_program() {
    std::array<char, 4096> path;
    const ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size());
    const std::string text(path.data(), static_cast<std::size_t>(n < 0 ? 0 : n));
    return text.substr(0, text.rfind('/') + 1);
}

/// The library of host/mpi, compiled where CMake found MPI.
SharedLibrary load_plugin(const Launched& by) {
    const std::string folder = folder_of_program(), name = "libae_mpi.so";
    try {
        return SharedLibrary("MPI's part of ae_cuda", {folder + name, folder + "../lib/" + name, name},
                             fmt::format("build ae_cuda where MPI is installed (Debian: libopenmpi-dev, openmpi-bin), "
                                         "or start it without {}",
                                         by.launcher));
    } catch (const GpuError& error) {
        throw UsageError(fmt::format("{} has started {} processes to train together: {}", by.launcher,
                                     by.size > 0 ? fmt::to_string(by.size) : "several", error.what()));
    }
}

}  // namespace

std::unique_ptr<Group> join_group() {
    const Launched by = launched();
    if (by.is_alone()) return std::make_unique<Alone>();
    const SharedLibrary plugin = load_plugin(by);
    const char* (*const version)() = plugin.function("ae_mpi_version");
    const std::string own = fmt::format("{} {}", kVersion, kCommit);
    if (version() != own)
        throw UsageError(fmt::format("libae_mpi.so is of ae_cuda {}, this is {}; build both together", version(), own));
    Group* (*const join)() = plugin.function("ae_mpi_join");
    return std::unique_ptr<Group>(join());
}

}  // namespace ae
