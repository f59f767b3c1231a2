#include "nccl.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "control.h"
#include "memory.h"
#include "stream.h"
#include "turns.h"

namespace emulator {

namespace {

constexpr int kSuccess = 0, kCudaError = 1, kSystemError = 2, kInvalidUsage = 5;

class Threads final : public NcclClique {
public:
    explicit Threads(int ranks) : values_(std::size_t(ranks)) {}

    void meet() override {
        wait_for_others([this] {
            std::unique_lock lock(mutex_);
            const long meeting = meetings_;
            if (++here_ == values_.size()) {
                here_ = 0;
                ++meetings_;
                all_here_.notify_all();
            }
            all_here_.wait(lock, [&] { return meetings_ != meeting; });
        });
    }
    std::vector<std::vector<float>> gather(int rank, std::vector<float> own) override {
        values_[std::size_t(rank)] = std::move(own);
        meet();
        std::vector<std::vector<float>> all = values_;
        meet();
        return all;
    }

private:
    std::mutex mutex_;
    std::condition_variable all_here_;
    std::size_t here_ = 0;
    long meetings_ = 0;
    std::vector<std::vector<float>> values_;
};

/// One allocation, of a rank.
struct Window {
    const std::byte* begin;
    std::size_t bytes;
};

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
std::vector<float> sum_of(const std::vector<std::vector<float>>& values) {
    std::vector<float> sum = values.front();
    for (std::size_t r = 1; r < values.size(); ++r) {
        if (values[r].size() != sum.size()) end_with("ranks add vectors of different lengths");
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[r][i];
    }
    return sum;
}

std::vector<float> on_host(const float* from, std::size_t count) {
    const DeviceMemory::Access access(device_memory());
    return {from, from + count};
}

cudaError_t add(const float* from, float* to, std::size_t count, NcclRank& rank) {
    const std::vector<float> sum = sum_of(rank.clique->gather(rank.rank, on_host(from, count)));
    const DeviceMemory::Access access(device_memory());
    std::copy(sum.begin(), sum.end(), to);
    ++nccl_counts().sums;
    nccl_counts().sums_in_windows += is_in_window(to, count);
    return cudaSuccess;
}

}  // namespace

std::shared_ptr<NcclClique> nccl_threads(int id, int ranks) {
    static std::map<int, std::shared_ptr<NcclClique>> all;
    auto& clique = all[id];
    if (!clique) clique = std::make_shared<Threads>(ranks);
    return clique;
}

NcclCounts& nccl_counts() {
    static NcclCounts one;
    return one;
}

int nccl_version(int* version) {
    if (!control().has_nccl) return kSystemError;
    *version = 22809;
    return kSuccess;
}

int nccl_new_id(int* id) {
    if (begin_call() != cudaSuccess) return kCudaError;
    static int last = 0;
    *id = ++last;
    return kSuccess;
}

int nccl_join(NcclRank** rank, std::shared_ptr<NcclClique> clique, int own) {
    if (begin_call() != cudaSuccess) return kCudaError;
    if (!clique) return kInvalidUsage;
    *rank = new NcclRank{std::move(clique), own};
    ++live_handles();
    ++nccl_counts().joined;
    (*rank)->clique->meet();
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
