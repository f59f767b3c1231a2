#pragma once
#include "execution_policy.h"
#include "executor.h"

namespace thrust {

template <typename T, typename F>
void tabulate(const cuda::Policy& policy, T* first, T* last, F f) {
    cuda::require_device(first, last);
    cuda::run(policy, [&] {
        for (T* p = first; p != last; ++p) *p = f(p - first);
        emulator::note_written(first, std::size_t(last - first) * sizeof(T));
    });
}

}  // namespace thrust
