// The processors as the system describes them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// The processor's name as the system reports it, e.g. "AMD EPYC"; "CPU" if it does not.
std::string cpu_model();

/// Where the system tells of itself; tests make up others.
struct SystemFolders {
    std::filesystem::path proc = "/proc", sys = "/sys";
};

/// What this process may use.
struct Processors {
    int count = 1;  ///< in its affinity mask, which containers set
    int cores = 1;  ///< that these belong to: fewer where two are hyper-threads of one core
    double quota =
        0;  ///< of processor time, in processors, by the cpu.max of its control groups; 0: as much as it wants

    /// As many threads as can run at once. A quota is rounded up: the system stops all threads of a group at the same
    /// time, so none waits for another. Hyper-threads count, for two of them do 5 to 8 % more than one (on a Zen 4).
    int threads() const;
    std::string text() const;  ///< "4 on 2 cores, 1.5 by quota"
};
Processors processors(const SystemFolders& folders = {});

/// processors().threads()
int usable_processors();

/// Bytes of memory that the machine has.
std::uint64_t memory_of_machine();

}  // namespace ae
