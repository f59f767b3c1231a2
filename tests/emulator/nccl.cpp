#include "nccl.h"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "control.h"
#include "memory.h"
#include "stream.h"
#include "turns.h"

namespace emulator {

/// Ranks that add together.
struct NcclClique {
    explicit NcclClique(int ranks) : from(std::size_t(ranks)), counts(std::size_t(ranks)) {}

    std::mutex mutex;
    std::condition_variable all_here;
    std::size_t here = 0;
    long meetings = 0;
    std::vector<const float*> from;
    std::vector<std::size_t> counts;

    /// Returns when every rank has called it.
    void meet() {
        wait_for_others([this] {
            std::unique_lock lock(mutex);
            const long meeting = meetings;
            if (++here == from.size()) {
                here = 0;
                ++meetings;
                all_here.notify_all();
            }
            all_here.wait(lock, [&] { return meetings != meeting; });
        });
    }
};

namespace {

constexpr int kSuccess = 0, kCudaError = 1, kSystemError = 2, kInvalidUsage = 5;

/// One allocation, of a rank.
struct Window {
    const std::byte* begin;
    std::size_t bytes;
};

std::map<int, std::unique_ptr<NcclClique>>& cliques() {
    static std::map<int, std::unique_ptr<NcclClique>> all;
    return all;
}

std::vector<const Window*>& windows() {
    static std::vector<const Window*> all;
    return all;
}

bool is_in_window(const float* p, std::size_t count) {
    for (const Window* w : windows()) {
        const auto* first = reinterpret_cast<const std::byte*>(p);
        if (first >= w->begin && first + count * sizeof(float) <= w->begin + w->bytes) return true;
    }
    return false;
}

[[noreturn]] void end_with(const char* what) {
    std::fprintf(stderr, "emulated NCCL: %s\n", what);
    std::abort();
}

/// Adds in the order of the ranks.
cudaError_t add(const float* from, float* to, std::size_t count, NcclRank& rank) {
    NcclClique& clique = *rank.clique;
    clique.from[std::size_t(rank.rank)] = from;
    clique.counts[std::size_t(rank.rank)] = count;
    clique.meet();
    std::vector<float> sum(count);
    {
        const DeviceMemory::Access access(device_memory());
        for (std::size_t r = 0; r < clique.from.size(); ++r) {
            if (clique.counts[r] != count) end_with("ranks add vectors of different lengths");
            for (std::size_t i = 0; i < count; ++i) sum[i] = r == 0 ? clique.from[r][i] : sum[i] + clique.from[r][i];
        }
    }
    clique.meet();
    const DeviceMemory::Access access(device_memory());
    if (count > 0) std::memcpy(to, sum.data(), count * sizeof(float));
    ++nccl_counts().sums;
    nccl_counts().sums_in_windows += is_in_window(to, count);
    return cudaSuccess;
}

}  // namespace

NcclCounts& nccl_counts() {
    static NcclCounts one;
    return one;
}

int nccl_version(int* version) {
    if (!control().has_nccl) return kSystemError;
    *version = 22809;
    return kSuccess;
}

int nccl_new_clique(char (&id)[128]) {
    if (begin_call() != cudaSuccess) return kCudaError;
    static int last = 0;
    std::memset(id, 0, sizeof id);
    std::memcpy(id, &++last, sizeof last);
    return kSuccess;
}

int nccl_join(NcclRank** rank, int ranks, const char (&id)[128], int own) {
    if (begin_call() != cudaSuccess) return kCudaError;
    int number = 0;
    std::memcpy(&number, id, sizeof number);
    if (number == 0 || own >= ranks) return kInvalidUsage;
    auto& clique = cliques()[number];
    if (!clique) clique = std::make_unique<NcclClique>(ranks);
    *rank = new NcclRank{clique.get(), own};
    ++live_handles();
    ++nccl_counts().joined;
    clique->meet();
    return kSuccess;
}

int nccl_leave(NcclRank* rank) {
    if (rank->windows != 0) end_with("a communicator is destroyed before its windows");
    delete rank;
    --live_handles();
    return kSuccess;
}

int nccl_allocate(void** memory, std::size_t bytes) {
    return cudaMalloc(memory, bytes) == cudaSuccess ? kSuccess : kCudaError;
}
int nccl_free(void* memory) {
    return cudaFree(memory) == cudaSuccess ? kSuccess : kCudaError;
}

int nccl_register(NcclRank* rank, void* memory, std::size_t bytes, void** window) {
    if (begin_call() != cudaSuccess) return kCudaError;
    if (!on_device(memory, bytes)) return kInvalidUsage;
    const auto* added = new Window{static_cast<const std::byte*>(memory), bytes};
    windows().push_back(added);
    *window = const_cast<Window*>(added);
    ++rank->windows;
    ++nccl_counts().windows;
    ++live_handles();
    return kSuccess;
}

int nccl_deregister(NcclRank* rank, void* window) {
    const auto* one = static_cast<const Window*>(window);
    std::erase(windows(), one);
    delete one;
    --rank->windows;
    --live_handles();
    return kSuccess;
}

int nccl_all_reduce(const float* from, float* to, std::size_t count, NcclRank* rank, cudaStream_t stream) {
    if (begin_call() != cudaSuccess) return kCudaError;
    if (!on_device(from, count * sizeof(float)) || !on_device(to, count * sizeof(float))) return kInvalidUsage;
    return submit(stream, [=] { return add(from, to, count, *rank); }) == cudaSuccess ? kSuccess : kCudaError;
}

}  // namespace emulator
