#include "use/minimise.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>
#include <new>

namespace ae {
namespace {

/// The objective as liblbfgs calls it. An exception waits here until the library's C code has returned.
struct Call {
    const Objective& objective;
    std::exception_ptr thrown = nullptr;

    double operator()(std::span<const double> x, std::span<double> gradient) {
        // The line search shortens a step whose value is too large; NaN would pass for small enough.
        constexpr double kTooLarge = std::numeric_limits<double>::infinity();
        if (thrown) return kTooLarge;
        try {
            const double value = objective(x, gradient);
            return std::isfinite(value) ? value : kTooLarge;
        } catch (...) {
            thrown = std::current_exception();
            return kTooLarge;
        }
    }
};

double evaluate(void* call, const double* x, double* gradient, int n, double) {
    const auto size = static_cast<std::size_t>(n);
    return (*static_cast<Call*>(call))({x, size}, {gradient, size});
}

lbfgs_parameter_t parameters_for(int iterations) {
    lbfgs_parameter_t parameters;
    lbfgs_parameter_init(&parameters);
    parameters.m = 10;
    parameters.max_iterations = iterations;
    parameters.epsilon = 1e-7;  // ends where |gradient| < epsilon·max(1, |x|)
    parameters.past = 1;        // ends where one step lowers the value by less than this fraction
    parameters.delta = 1e-8;
    parameters.linesearch = LBFGS_LINESEARCH_BACKTRACKING_WOLFE;  // unlike the default, it bears infinite values
    return parameters;
}

}  // namespace

Minimum minimise(const Objective& objective, std::span<const double> start, int iterations) {
    const int n = static_cast<int>(start.size());
    const std::unique_ptr<double[], decltype(&lbfgs_free)> x(lbfgs_malloc(n), lbfgs_free);
    if (!x) throw std::bad_alloc();
    std::ranges::copy(start, x.get());
    Call call{objective};
    lbfgs_parameter_t parameters = parameters_for(iterations);
    // The result only tells why it ended. Whatever the reason, x is then the place of the last step that was taken.
    lbfgs(n, x.get(), nullptr, evaluate, nullptr, &call, &parameters);
    if (call.thrown) std::rethrow_exception(call.thrown);
    Minimum minimum{{x.get(), x.get() + n}, 0};
    std::vector<double> gradient(start.size());
    minimum.value = objective(minimum.x, gradient);
    return minimum;
}

}  // namespace ae
