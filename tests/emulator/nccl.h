// NCCL, imitated: a sum is work of a stream, so that it can be recorded. Ranks are threads that take turns (turns.h),
// or processes that MPI has started. nccl/ has a shared library of each kind, by which the project finds these
// functions.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "runtime.h"

namespace emulator {

/// Ranks that add together.
class NcclClique {
public:
    virtual ~NcclClique() = default;
    NcclClique() = default;
    NcclClique(const NcclClique&) = delete;
    NcclClique& operator=(const NcclClique&) = delete;

    /// Returns when every rank has called it.
    virtual void meet() = 0;
    /// The values of every rank, in their order; each calls it with its own.
    virtual std::vector<std::vector<float>> gather(int rank, std::vector<float> own) = 0;
};

/// Threads of this process that have `id` join one clique.
std::shared_ptr<NcclClique> nccl_threads(int id, int ranks);

/// A rank's place in a clique.
struct NcclRank {
    std::shared_ptr<NcclClique> clique;
    int rank = 0;
    int windows = 0;  ///< that are registered
};

// Each returns a number of ncclResult_t.
int nccl_version(int* version);
int nccl_new_id(int* id);
/// clique: null where the id is of none.
int nccl_join(NcclRank** rank, std::shared_ptr<NcclClique> clique, int own);
int nccl_leave(NcclRank* rank);
int nccl_allocate(void** memory, std::size_t bytes);
int nccl_free(void* memory);
int nccl_register(NcclRank* rank, void* memory, std::size_t bytes, void** window);
int nccl_deregister(NcclRank* rank, void* window);
int nccl_all_reduce(const float* from, float* to, std::size_t count, NcclRank* rank, cudaStream_t stream);

/// Counts of all ranks since the last call.
struct NcclCounts {
    int joined = 0;   ///< ranks
    int windows = 0;  ///< registered
    int sums = 0;     ///< of a rank, done
    int sums_in_windows = 0;
    int aborted = 0;
};
NcclCounts& nccl_counts();

}  // namespace emulator
