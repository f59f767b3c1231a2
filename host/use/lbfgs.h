// A minimiser of smooth functions of some thousand variables.
#pragma once
#include <functional>
#include <span>
#include <vector>

namespace ae {

/// The function's value at x; writes its gradient.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct Minimum {
    std::vector<double> x;
    double value = 0;
    int iterations = 0;
};

struct LbfgsOptions {
    int iterations = 150;
    double gradient_tolerance = 1e-7;  ///< stop when no partial derivative is larger
    double value_tolerance = 1e-8;     ///< stop when a step lowers the value by less than this fraction
};

/// Limited-memory BFGS from x (Nocedal and Wright, "Numerical Optimization", algorithm 7.5), steps halved until they
/// satisfy Armijo's condition. Never returns a point worse than the one it began with.
Minimum minimise_lbfgs(const Objective& objective, std::vector<double> x, const LbfgsOptions& options = {});

}  // namespace ae
