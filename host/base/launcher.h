// The launcher's word on how many processes it has started, before MPI is loaded.
#pragma once
#include <functional>
#include <string>

namespace ae {

/// Gives the value of an environment variable, or nullptr.
using Environment = std::function<const char*(const char*)>;

struct Launched {
    int rank = 0;
    int size = 1;          ///< 0: of several, or alone: the launcher does not say
    std::string launcher;  ///< "mpirun", "srun"; empty where none has started this process

    bool is_alone() const { return size == 1; }
};

/// From the variables of Open MPI, of MPICH and its relatives (PMI), and of PMIx. A SLURM_NTASKS alone says nothing: a
/// shell that sbatch or salloc has started has one too.
Launched launched(const Environment& environment);
Launched launched();  ///< from this process's environment

/// One line where srun has started several processes and told them nothing of each other, as it does without MPI;
/// otherwise empty. It may be meant: each can have options of its own.
std::string why_apart(const Environment& environment);
std::string why_apart();

}  // namespace ae
