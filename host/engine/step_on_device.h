// A device, a step on it, and the memory of both: used to train an engine and to apply a network.
#pragma once
#include <algorithm>

#include "ae/engine.h"
#include "engine/device.h"
#include "engine/step_memory.h"

namespace ae {

/// The rank whose rows of each batch a step is given: all rows, unless the step says that it is that of a rank.
template <typename S>
Shard shard_of(const EngineOptions& options) {
    if constexpr (requires { S::shard_of(options); })
        return S::shard_of(options);
    else
        return {};
}

template <Device D, typename S>
struct StepOnDevice {
    using Real = typename D::Real;

    /// For a network that is trained on `data`, which is copied to the device. more: what the device is also made from.
    template <typename... More>
    StepOnDevice(const Settings& s, const EngineOptions& options, const Dataset& data, const More&... more)
        : settings(s),
          capacity(std::max<int>(s.batch_size, D::kEvaluationRows)),
          device(options, capacity, more...),
          step((device.stage(s, data, shard_of<S>(options)), device.context()), s, options),
          memory(device, s, capacity, Purpose::train, S::kLooksAhead) {}

    /// For a network that is only applied.
    StepOnDevice(const Settings& s, const EngineOptions& options)
        : settings(s),
          capacity(D::kEvaluationRows),
          device(options, capacity),
          step(device.context(), s, options),
          memory(device, s, capacity, Purpose::apply) {}

    /// Calls body(first, rows) for chunks of `count` rows that fit the memory.
    template <typename F>
    void for_chunks(int count, F body) const {
        for (int first = 0; first < count; first += capacity) body(first, std::min(capacity, count - first));
    }

    /// a_l of the hidden layers first … last−1.
    void forward(const StepTensors<Real>& t, std::size_t first, std::size_t last) {
        for (std::size_t l = first; l < last; ++l) step.forward(t, l);
    }

    Settings settings;
    int capacity;  ///< rows that fit the memory
    D device;
    S step;
    StepMemory<Real> memory;
};

}  // namespace ae
