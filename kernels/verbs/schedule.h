// The place of a step in its run.
#pragma once
#include <cstdint>

#include "ae/arithmetic.h"
#include "ae/order.h"

namespace ae {

/// The arguments of a kernel that belong to the run. Everything that changes is read through `clock`, from device
/// memory, so that a captured launch is right for every step.
struct Schedule {
    Adam adam;
    Order order;
    StepCounter* clock = nullptr;  ///< begun by tick(): during a step it counts that step

    /// Place in its epoch of the current step's first image, and the number of its row in the whole batch.
    AE_HD std::uint32_t first() const { return order.first(clock->step - 1); }
    AE_HD std::uint32_t first_row() const { return order.first_row(clock->step - 1); }
    /// The image in a row of the current step, and of the one to come.
    AE_HD std::uint32_t image(std::uint32_t row) const { return order.image(clock->step - 1, row); }
    AE_HD std::uint32_t next_image(std::uint32_t row) const { return order.image(clock->step, row); }
};

}  // namespace ae
