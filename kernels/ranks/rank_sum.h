// The sum over the ranks that share a batch, on their GPUs.
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <string>

namespace ae {

class Group;

/// Every rank calls its functions in the same order, for vectors of the same lengths.
class RankSum {
public:
    virtual ~RankSum() = default;

    virtual std::string name() const = 0;  ///< for people: "NCCL 2.28.9"

    /// Whether add() can be recorded into a graph.
    virtual bool can_be_recorded() const = 0;

    /// Device memory that add() is fastest in. It lives as long as this.
    virtual float* allocate(std::size_t n) = 0;

    /// values[n] ← their sums over all ranks, the same bits on each, as work of `stream`. `values` may be anywhere in
    /// device memory.
    virtual void add(cudaStream_t stream, float* values, std::size_t n) = 0;
};

/// By NCCL, where every rank can load it; otherwise by way of the host, through the group. Every rank calls it, each
/// with a GPU of its own.
std::unique_ptr<RankSum> make_rank_sum(Group& group);

}  // namespace ae
