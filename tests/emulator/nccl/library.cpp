// libnccl.so.2 for programs on the emulator: NCCL's functions by name, which forward to ../nccl.cpp in the program. Who
// the ranks are is told by threads.cpp or processes.cpp, which is the rest of the library.
#include <cstring>

#include "clique.h"

using emulator::NcclRank;

extern "C" {

struct NcclId {
    char bytes[128];
};

int ncclGetVersion(int* version) {
    return emulator::nccl_version(version);
}
const char* ncclGetErrorString(int) {
    return "an injected failure";
}
const char* ncclGetLastError(NcclRank*) {
    return "";
}
int ncclGetUniqueId(NcclId* id) {
    int number = 0;
    const int result = emulator::nccl_new_id(&number);
    std::memcpy(id->bytes, &number, sizeof number);
    return result;
}
int ncclCommInitRank(NcclRank** comm, int ranks, NcclId id, int rank) {
    int number = 0;
    std::memcpy(&number, id.bytes, sizeof number);
    return emulator::nccl_join(comm, number == 0 || rank >= ranks ? nullptr : emulator::clique_of(number, ranks), rank);
}
int ncclCommDestroy(NcclRank* comm) {
    return emulator::nccl_leave(comm);
}
int ncclCommAbort(NcclRank* comm) {
    ++emulator::nccl_counts().aborted;
    return emulator::nccl_leave(comm);
}
int ncclMemAlloc(void** memory, std::size_t bytes) {
    return emulator::nccl_allocate(memory, bytes);
}
int ncclMemFree(void* memory) {
    return emulator::nccl_free(memory);
}
int ncclCommWindowRegister(NcclRank* comm, void* memory, std::size_t bytes, void** window, int) {
    return emulator::nccl_register(comm, memory, bytes, window);
}
int ncclCommWindowDeregister(NcclRank* comm, void* window) {
    return emulator::nccl_deregister(comm, window);
}
int ncclAllReduce(const void* from, void* to, std::size_t count, int type, int operation, NcclRank* comm,
                  cudaStream_t stream) {
    constexpr int kFloat = 7, kSum = 0, kInvalidArgument = 4;
    if (type != kFloat || operation != kSum) return kInvalidArgument;
    return emulator::nccl_all_reduce(static_cast<const float*>(from), static_cast<float*>(to), count, comm, stream);
}
}
