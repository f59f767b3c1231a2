// The sum over ranks by NCCL: on a stream of its own, so that it runs beside the way back through the layers.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ae/group.h"
#include "device/side_stream.h"
#include "ranks/nccl_api.h"
#include "ranks/rank_sum.h"

namespace ae {

/// "2.28.9". Throws GpuError where the library does not tell.
std::string nccl_version(const NcclApi& api);

/// A rank of a communicator.
class NcclComm {
public:
    NcclComm(const NcclApi& api, Group& group);
    NcclComm(const NcclComm&) = delete;
    NcclComm& operator=(const NcclComm&) = delete;
    /// While an exception is under way the other ranks may be waiting in a sum, and so the communicator is aborted:
    /// to leave it in order would wait for them.
    ~NcclComm();

    const NcclApi& api() const { return api_; }
    ncclComm* get() const { return comm_; }
    /// Throws GpuError unless the result of one of NCCL's functions is a success.
    void check(int result, Location at = Location::current()) const;

private:
    const NcclApi& api_;
    int exceptions_;  ///< under way at the start
    ncclComm* comm_ = nullptr;
};

/// Memory of ncclMemAlloc, registered as a window where the library has windows: NCCL then adds short vectors with less
/// delay, as NVIDIA says.
class NcclMemory {
public:
    NcclMemory(const NcclComm& comm, std::size_t bytes);
    NcclMemory(const NcclMemory&) = delete;
    NcclMemory& operator=(const NcclMemory&) = delete;
    ~NcclMemory();

    void* data() const { return memory_; }

private:
    const NcclComm& comm_;
    void* memory_ = nullptr;
    ncclWindow_vidmem* window_ = nullptr;  ///< none: the platform, or the library, has no windows
};

class NcclSum final : public RankSum {
public:
    explicit NcclSum(Group& group) : comm_(nccl_api(), group) {}

    std::string name() const override { return "NCCL " + nccl_version(comm_.api()); }
    bool can_be_recorded() const override { return true; }
    float* allocate(std::size_t n) override;
    void add(cudaStream_t stream, float* values, std::size_t n) override;

private:
    NcclComm comm_;
    std::vector<std::unique_ptr<NcclMemory>> memory_;
    SideStream stream_;
};

/// Why NCCL cannot be used by this process, in one line; empty where it was loaded.
std::string why_no_nccl();

}  // namespace ae
