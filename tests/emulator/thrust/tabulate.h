#pragma once
#include "execution_policy.h"

namespace thrust {

template <typename T, typename F>
void tabulate(const cuda::Policy& policy, T* first, T* last, F f) {
    cuda::require_device(first, last);
    cuda::run(policy, [&] {
        for (T* p = first; p != last; ++p) *p = f(p - first);
    });
}

}  // namespace thrust
