// tick: begins a step.
//
// One thread counts the step and derives Adam's step size in double, by the function that every engine uses. Reads and
// writes the 32 bytes of the StepCounter. It is a kernel, and no argument of other kernels, so that a recorded step
// needs no new number when it is replayed.
#include "device/device.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

template <typename Models>
__global__ void __launch_bounds__(1) tick_kernel(StepCounter* clock, Adam adam, Models models) {
    const auto model = models[blockIdx.z];
    tick(*model.of(clock), model.of(adam));
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

void tick(const ModelStream& on, const Schedule& schedule) {
    on.with_models([&](auto models) {
        launch(tick_kernel<decltype(models)>, models.grid(1), 1, 0, on.stream, schedule.clock, schedule.adam, models);
    });
}

}  // namespace ae
