// The sum over ranks by way of the host: slow, and without NCCL.
#pragma once
#include <string>

#include "ae/group.h"
#include "base/thread_pool.h"
#include "device/device.h"
#include "engine/shard_sum.h"
#include "ranks/rank_sum.h"

namespace ae {

class HostSum final : public RankSum {
public:
    /// why: the reason for it, in one line.
    HostSum(Group& group, std::string why);

    std::string name() const override { return name_; }
    bool can_be_recorded() const override { return false; }
    float* allocate(std::size_t n) override;
    void add(cudaStream_t stream, float* values, std::size_t n) override;

private:
    static constexpr std::size_t kBlock = std::size_t(1) << 18;  ///< floats that are exchanged at a time

    std::string name_;
    ThreadPool pool_{1};
    ShardSum<float> sum_;
    std::vector<DeviceBuffer<float>> memory_;
};

}  // namespace ae
