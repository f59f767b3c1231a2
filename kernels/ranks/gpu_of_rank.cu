// Launchers differ: some let a rank see all GPUs of its machine, some its own alone. So a rank takes the one of its
// number on the machine, counted round, and then all compare what they have got.
#include <cstring>
#include <vector>

#include "device/device.h"
#include "ranks/gpu_of_rank.h"

namespace ae {

namespace {

/// The GPU that a rank has taken.
struct TakenGpu {
    int visible = 0;  ///< GPUs that the rank sees; 0: it has taken none
    cudaUUID_t id{};
    char why_none[256]{};
};

TakenGpu take_own(int local_rank) {
    TakenGpu taken;
    int count = 0;
    cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaSuccess && count == 0) status = cudaErrorNoDevice;
    if (status != cudaSuccess) {
        std::strncpy(taken.why_none, explain(status).c_str(), sizeof taken.why_none - 1);
        (void)cudaGetLastError();
        return taken;
    }
    cudaDeviceProp gpu{};
    check(cudaSetDevice(local_rank % count));
    check(cudaGetDeviceProperties(&gpu, local_rank % count));
    taken.visible = count;
    taken.id = gpu.uuid;
    return taken;
}

bool are_one(const TakenGpu& a, const TakenGpu& b) {
    return std::memcmp(&a.id, &b.id, sizeof a.id) == 0;
}

std::string gpus(int n) {
    return std::to_string(n) + (n == 1 ? " GPU" : " GPUs");
}

}  // namespace

std::string take_gpu(Group& group) {
    const std::vector<TakenGpu> all = values_of_all(group, take_own(group.local_rank()));
    for (std::size_t r = 0; r < all.size(); ++r)
        if (all[r].visible == 0) return "rank " + std::to_string(r) + " has no GPU: " + all[r].why_none;
    for (std::size_t r = 0; r < all.size(); ++r)
        for (std::size_t other = 0; other < r; ++other)
            if (are_one(all[r], all[other])) {
                const std::string n = std::to_string(all[r].visible);
                return "ranks " + std::to_string(other) + " and " + std::to_string(r) +
                       " would share a GPU: each sees " + gpus(all[r].visible) +
                       ", and every rank needs one of its own; start at most " + n +
                       " on this machine (Open MPI: --map-by ppr:" + n + ":node), or take --engine cpu";
            }
    return "";
}

}  // namespace ae
