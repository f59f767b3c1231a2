// NCCL, imitated: ranks are threads that take turns (turns.h), and a sum is work of a stream, so that it can be
// recorded. ../emulator/nccl/library.cpp is the shared library by which the project finds these functions.
#pragma once
#include <cstddef>

#include "runtime.h"

namespace emulator {

struct NcclClique;

/// A rank's place in a clique.
struct NcclRank {
    NcclClique* clique = nullptr;
    int rank = 0;
    int sums = 0;     ///< that this rank has added
    int windows = 0;  ///< that are registered
};

// Each returns a number of ncclResult_t.
int nccl_version(int* version);
int nccl_new_clique(char (&id)[128]);
int nccl_join(NcclRank** rank, int ranks, const char (&id)[128], int own);
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
