#include "warp.h"

#include <limits>

namespace ptx {

void ProgramCounters::set(std::uint32_t lanes, std::uint32_t at, std::uint32_t living) {
    if (lanes == living) return set_all(at);
    if (together_) each_.fill(common_);
    together_ = false;
    for_each_lane(lanes, [&](int lane) { each_[static_cast<std::size_t>(lane)] = at; });
}

Group ProgramCounters::first_of(std::uint32_t lanes) const {
    if (together_) return {lanes, common_};
    Group first{0, std::numeric_limits<std::uint32_t>::max()};
    for_each_lane(lanes, [&](int lane) {
        const std::uint32_t at = each_[static_cast<std::size_t>(lane)];
        if (at < first.at) first = {0, at};
        if (at == first.at) first.lanes |= 1u << lane;
    });
    return first;
}

}  // namespace ptx
