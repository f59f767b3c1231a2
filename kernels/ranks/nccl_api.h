// The functions of NCCL that are called, found in the library by their names. They are declared here because a build
// must not need nccl.h; tests compare these declarations with that header where there is one.
#pragma once
#include <cstddef>

#include "base/shared_library.h"
#include "engine/cublas_files.h"

struct ncclComm;  // NCCL's names, which its header has too
struct ncclWindow_vidmem;

namespace ae {

/// ncclUniqueId
struct NcclId {
    char bytes[128];
};

/// Values of ncclResult_t, ncclDataType_t, ncclRedOp_t, and a flag of windows.
inline constexpr int kNcclSuccess = 0, kNcclFloat = 7, kNcclSum = 0, kNcclSymmetric = 1;

struct NcclApi {
    explicit NcclApi(const SharedLibrary& library)
        : get_version(library.function("ncclGetVersion")),
          error_text(library.function("ncclGetErrorString")),
          last_error(library.function("ncclGetLastError")),
          new_id(library.function("ncclGetUniqueId")),
          join(library.function("ncclCommInitRank")),
          leave(library.function("ncclCommDestroy")),
          abort(library.function("ncclCommAbort")),
          allocate(library.function("ncclMemAlloc")),
          free(library.function("ncclMemFree")),
          all_reduce(library.function("ncclAllReduce")),
          register_window(library.find("ncclCommWindowRegister")),
          deregister_window(library.find("ncclCommWindowDeregister")) {}

    int (*get_version)(int* version);
    const char* (*error_text)(int result);
    const char* (*last_error)(ncclComm* comm);
    int (*new_id)(NcclId* id);
    int (*join)(ncclComm** comm, int ranks, NcclId id, int rank);
    int (*leave)(ncclComm* comm);
    int (*abort)(ncclComm* comm);
    int (*allocate)(void** memory, std::size_t bytes);
    int (*free)(void* memory);
    int (*all_reduce)(const void* from, void* to, std::size_t n, int type, int operation, ncclComm* comm, void* stream);
    // null before NCCL 2.27
    int (*register_window)(ncclComm* comm, void* memory, std::size_t bytes, ncclWindow_vidmem** window, int flags);
    int (*deregister_window)(ncclComm* comm, ncclWindow_vidmem* window);
};

/// Loads the library at the first call. Throws GpuError if it cannot be loaded or lacks a function.
inline const NcclApi& nccl_api() {
    static const NcclApi api(SharedLibrary("NCCL", nccl_files(), nccl_advice()));
    return api;
}

}  // namespace ae
