#include "base/cpu_info.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <thread>
#include <vector>

namespace ae {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::vector<int> allowed_processors() {
    std::vector<int> numbers;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(i, &set)) numbers.push_back(i);
    } else {
        numbers.resize(std::max(1u, std::thread::hardware_concurrency()));
    }
    return numbers;
}

/// How many cores processors belong to: those of one core name the same siblings.
int cores_of(const std::vector<int>& processors, const fs::path& sys) {
    std::set<std::string> cores;
    for (const int n : processors) {
        const std::string siblings =
            first_line(sys / fmt::format("devices/system/cpu/cpu{}/topology/thread_siblings_list", n));
        cores.insert(siblings.empty() ? fmt::format("alone: {}", n) : siblings);
    }
    return static_cast<int>(cores.size());
}

/// Processors that a group's cpu.max allows, "150000 100000" 1.5; 0 where it sets no limit.
double quota_of(const fs::path& group) {
    std::ifstream file(group / "cpu.max");
    double time = 0, period = 0;
    return file >> time >> period && time > 0 && period > 0 ? time / period : 0;
}

/// The least of the limits of this process's control group and of those above it.
double quota(const SystemFolders& folders) {
    std::ifstream file(folders.proc / "self/cgroup");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("0::/")) continue;  // the one hierarchy of version 2
        double least = 0;
        for (fs::path group = line.substr(4);; group = group.parent_path()) {
            const double here = quota_of(folders.sys / "fs/cgroup" / group);
            if (here > 0 && (least == 0 || here < least)) least = here;
            if (group.empty()) return least;
        }
    }
    return 0;
}

}  // namespace

std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "CPU";
}

int Processors::threads() const {
    return quota > 0 ? std::clamp(static_cast<int>(std::ceil(quota)), 1, count) : count;
}

std::string Processors::text() const {
    return fmt::format("{} on {} {}{}", count, cores, cores == 1 ? "core" : "cores",
                       quota > 0 ? fmt::format(", {:g} by quota", quota) : "");
}

Processors processors(const SystemFolders& folders) {
    const std::vector<int> allowed = allowed_processors();
    return {static_cast<int>(allowed.size()), cores_of(allowed, folders.sys), quota(folders)};
}

int usable_processors() {
    return processors().threads();
}

std::uint64_t memory_of_machine() {
    const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGE_SIZE);
    if (pages < 0 || bytes < 0) return std::numeric_limits<std::uint64_t>::max();
    return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(bytes);
}

}  // namespace ae
