// The kernels of a recorded graph, and the longest chain of them.
#pragma once
#include "ae/engine.h"
#include "device/device.h"

namespace ae {

/// Kernels of a graph, and the most of them that wait for one another. Copies and settings of memory do not count.
StepLaunches count_launches(const GraphTemplate& graph, Location at = Location::current());

}  // namespace ae
