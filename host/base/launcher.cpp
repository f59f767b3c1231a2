#include "base/launcher.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace ae {

namespace {

/// −1 where the variable is missing or no number.
int number(const Environment& environment, const char* name) {
    const char* text = environment(name);
    int value = -1;
    if (text == nullptr) return -1;
    const std::string_view digits = text;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() && value >= 0 ? value : -1;
}

std::string launcher_name(const Environment& environment) {
    return environment("SLURM_STEP_ID") != nullptr && environment("OMPI_COMM_WORLD_SIZE") == nullptr ? "srun"
                                                                                                     : "mpirun";
}

}  // namespace

Launched launched(const Environment& environment) {
    for (const auto& [rank_name, size_name] :
         {std::pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), std::pair("PMI_RANK", "PMI_SIZE"),
          std::pair("PMIX_RANK", "SLURM_STEP_NUM_TASKS")}) {
        const int rank = number(environment, rank_name), size = number(environment, size_name);
        if (rank >= 0 && size >= 1 && rank < size) return {rank, size, launcher_name(environment)};
    }
    if (const int rank = number(environment, "PMIX_RANK"); rank >= 0) return {rank, 0, launcher_name(environment)};
    return {};
}

Launched launched() {
    return launched([](const char* name) { return std::getenv(name); });
}

std::string why_apart(const Environment& environment) {
    const int tasks = number(environment, "SLURM_STEP_NUM_TASKS");
    if (tasks < 2 || environment("SLURM_STEP_ID") == nullptr || !launched(environment).launcher.empty()) return "";
    return "srun has started " + std::to_string(tasks) +
           " processes that know nothing of each other: each works alone; srun --mpi=pmix lets them work together";
}

std::string why_apart() {
    return why_apart([](const char* name) { return std::getenv(name); });
}

}  // namespace ae
