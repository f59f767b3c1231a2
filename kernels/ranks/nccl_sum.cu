// NCCL's communicator, memory and sum.
#include <exception>

#include "ae/error.h"
#include "ranks/nccl_sum.h"

namespace ae {

namespace {

void require(const NcclApi& api, int result, ncclComm* comm, Location at) {
    if (result == kNcclSuccess) return;
    const std::string more = api.last_error(comm);
    throw_gpu_error("NCCL: " + std::string(api.error_text(result)) + (more.empty() ? "" : ": " + more) +
                        "; NCCL_DEBUG=WARN says more",
                    at);
}

}  // namespace

NcclComm::NcclComm(const NcclApi& api, Group& group) : api_(api), exceptions_(std::uncaught_exceptions()) {
    NcclId id{};
    if (group.rank() == 0) check(api_.new_id(&id));
    group.broadcast(std::as_writable_bytes(std::span(id.bytes)));
    check(api_.join(&comm_, group.size(), id, group.rank()));
}

NcclComm::~NcclComm() {
    const bool has_failed = std::uncaught_exceptions() > exceptions_;
    (void)(has_failed ? api_.abort : api_.leave)(comm_);
}

void NcclComm::check(int result, Location at) const {
    require(api_, result, comm_, at);
}

NcclMemory::NcclMemory(const NcclComm& comm, std::size_t bytes) : comm_(comm) {
    const NcclApi& api = comm.api();
    comm.check(api.allocate(&memory_, bytes));
    if (api.register_window == nullptr || api.deregister_window == nullptr) return;
    try {
        comm.check(api.register_window(comm.get(), memory_, bytes, &window_, kNcclSymmetric));
    } catch (const GpuError&) {
        (void)api.free(memory_);
        throw;
    }
}

NcclMemory::~NcclMemory() {
    if (window_ != nullptr) (void)comm_.api().deregister_window(comm_.get(), window_);
    (void)comm_.api().free(memory_);
}

std::string nccl_version(const NcclApi& api) {
    int version = 0;
    require(api, api.get_version(&version), nullptr, Location::current());
    return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
           std::to_string(version % 100);
}

float* NcclSum::allocate(std::size_t n) {
    return static_cast<float*>(memory_.emplace_back(std::make_unique<NcclMemory>(comm_, n * sizeof(float)))->data());
}

/// Sums follow one another in the order in which the host asks for them, also in a recording: it is the same on all
/// ranks, as NCCL demands.
void NcclSum::add(cudaStream_t stream, float* values, std::size_t n) {
    stream_.fork(stream, [&](cudaStream_t own) {
        comm_.check(comm_.api().all_reduce(values, values, n, kNcclFloat, kNcclSum, comm_.get(), own));
    });
    stream_.join(stream);
}

std::string why_no_nccl() {
    try {
        (void)nccl_version(nccl_api());
        return "";
    } catch (const GpuError& error) {
        return error.what();
    }
}

}  // namespace ae
