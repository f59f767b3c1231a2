// A minimiser of smooth functions of some thousand variables: L-BFGS, by liblbfgs.
#pragma once
#include <functional>
#include <span>
#include <vector>

namespace ae {

/// The function's value at x; writes its gradient. A place where the value is not finite is left again.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct Minimum {
    std::vector<double> x;
    double value = 0;
};

/// At most `iterations` (≥ 1) steps from `start`, where the value must be finite. Never returns a place that is worse
/// than `start`. Throws what the objective throws.
Minimum minimise(const Objective& objective, std::span<const double> start, int iterations = 150);

}  // namespace ae
