#pragma once
#include "execution_policy.h"

namespace thrust {

template <typename T, typename F, typename Result, typename Plus>
Result transform_reduce(const cuda::Policy& policy, const T* first, const T* last, F f, Result sum, Plus plus) {
    cuda::require_device(first, last);
    return cuda::run(policy, [&] {
        for (const T* p = first; p != last; ++p) sum = plus(sum, f(*p));
        return sum;
    });
}

}  // namespace thrust
