#include "ranks/host_sum.h"
#include "ranks/nccl_sum.h"
#include "ranks/rank_sum.h"

namespace ae {

std::unique_ptr<RankSum> make_rank_sum(Group& group) {
    const std::string why = why_no_nccl();
    if (max_of(group, why.empty() ? 0 : 1) == 0) return std::make_unique<NcclSum>(group);
    return std::make_unique<HostSum>(group, why.empty() ? "another rank could not load NCCL" : why);
}

}  // namespace ae
