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

__global__ void __launch_bounds__(1) tick_kernel(StepCounter* clock, Adam adam) {
    tick(*clock, adam);
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

void tick(cudaStream_t stream, const Schedule& schedule) {
    launch(tick_kernel, 1, 1, 0, stream, schedule.clock, schedule.adam);
}

}  // namespace ae
