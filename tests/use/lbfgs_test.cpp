#include "use/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ae {
namespace {

double rosenbrock(std::span<const double> x, std::span<double> gradient) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    gradient[0] = -2 * a - 400 * x[0] * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
}

TEST(Lbfgs, FollowsACurvedValleyToItsEnd) {
    const Minimum minimum = minimise_lbfgs(rosenbrock, {-1.2, 1});
    EXPECT_NEAR(minimum.x[0], 1, 1e-6);
    EXPECT_NEAR(minimum.x[1], 1, 1e-6);
    EXPECT_LT(minimum.value, 1e-12);
    EXPECT_LT(minimum.iterations, 80);
}

TEST(Lbfgs, MinimisesABadlyScaledBowlInFewSteps) {
    const Objective bowl = [](std::span<const double> x, std::span<double> gradient) {
        double sum = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double scale = std::pow(10.0, static_cast<double>(i % 5)), d = x[i] - static_cast<double>(i);
            gradient[i] = 2 * scale * d;
            sum += scale * d * d;
        }
        return sum;
    };
    const Minimum minimum = minimise_lbfgs(bowl, std::vector<double>(50));
    for (std::size_t i = 0; i < 50; ++i) EXPECT_NEAR(minimum.x[i], static_cast<double>(i), 1e-5);
    EXPECT_LT(minimum.iterations, 60);
}

TEST(Lbfgs, StopsAfterTheIterationsItWasGiven) {
    EXPECT_EQ(minimise_lbfgs(rosenbrock, {-1.2, 1}, {5, 0, 0}).iterations, 5);
    const Minimum none = minimise_lbfgs(rosenbrock, {-1.2, 1}, {0, 0, 0});
    EXPECT_EQ(none.x, (std::vector<double>{-1.2, 1}));
}

TEST(Lbfgs, NeverAcceptsAPlaceWhereTheFunctionIsNotANumber) {
    const Objective cliff = [](std::span<const double> x, std::span<double> gradient) {
        gradient[0] = 2 * x[0] - 1e3;
        return x[0] < 3 ? x[0] * x[0] - 1e3 * x[0] : std::nan("");
    };
    const Minimum minimum = minimise_lbfgs(cliff, {0.0});
    EXPECT_TRUE(minimum.value <= 0);
    EXPECT_TRUE(minimum.x[0] > 0 && minimum.x[0] < 3) << minimum.x[0];
}

}  // namespace
}  // namespace ae
