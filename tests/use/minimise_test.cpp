// The minimiser: it finds minima, keeps to its iterations, and no value of the objective leads it astray.
#include "use/minimise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace ae {
namespace {

double rosenbrock(std::span<const double> x, std::span<double> gradient) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    gradient[0] = -2 * a - 400 * x[0] * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
}

const std::vector<double> kStart = {-1.2, 1};

TEST(Minimise, FollowsACurvedValleyToItsEnd) {
    int calls = 0;
    const Objective counted = [&](std::span<const double> x, std::span<double> gradient) {
        ++calls;
        return rosenbrock(x, gradient);
    };
    const Minimum minimum = minimise(counted, kStart);
    EXPECT_NEAR(minimum.x[0], 1, 1e-6);
    EXPECT_NEAR(minimum.x[1], 1, 1e-6);
    EXPECT_LT(minimum.value, 1e-12);
    EXPECT_LT(calls, 160);
}

TEST(Minimise, MinimisesABadlyScaledBowl) {
    const Objective bowl = [](std::span<const double> x, std::span<double> gradient) {
        double sum = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double scale = std::pow(10.0, static_cast<double>(i % 5)), d = x[i] - static_cast<double>(i);
            gradient[i] = 2 * scale * d;
            sum += scale * d * d;
        }
        return sum;
    };
    const Minimum minimum = minimise(bowl, std::vector<double>(50));
    for (std::size_t i = 0; i < 50; ++i) EXPECT_NEAR(minimum.x[i], static_cast<double>(i), 1e-5);
}

TEST(Minimise, StopsAfterTheIterationsItWasGiven) {
    const double at_start = 24.2;
    double before = at_start;
    for (const int iterations : {1, 5, 20}) {
        const Minimum minimum = minimise(rosenbrock, kStart, iterations);
        EXPECT_LT(minimum.value, before) << iterations;
        before = minimum.value;
    }
    EXPECT_GT(before, 1e-9) << "twenty do not suffice";
}

TEST(Minimise, StaysWhereItIsBest) {
    const std::vector<double> best = {1, 1};
    const Minimum minimum = minimise(rosenbrock, best);
    EXPECT_EQ(minimum.x, best);
    EXPECT_EQ(minimum.value, 0);
}

TEST(Minimise, NeverAcceptsAPlaceWhereTheFunctionIsNotANumber) {
    for (const double minimum_at : {0.3, 1000.0}) {  // before the cliff, and beyond it
        const Objective cliff = [&](std::span<const double> x, std::span<double> gradient) {
            gradient[0] = 2 * (x[0] - minimum_at);
            return x[0] < 0.5 ? (x[0] - minimum_at) * (x[0] - minimum_at) : std::nan("");
        };
        const Minimum minimum = minimise(cliff, std::vector<double>{0});
        EXPECT_TRUE(minimum.value <= minimum_at * minimum_at) << minimum.value;
        EXPECT_TRUE(minimum.x[0] >= 0 && minimum.x[0] < 0.5) << minimum.x[0];
        EXPECT_TRUE(minimum_at > 0.5 || std::abs(minimum.x[0] - minimum_at) < 1e-6) << minimum.x[0];
    }
}

TEST(Minimise, WhatTheObjectiveThrowsArrives) {
    int calls = 0;
    const Objective throwing = [&](std::span<const double> x, std::span<double> gradient) {
        if (++calls == 4) throw std::out_of_range("the fourth call");
        return rosenbrock(x, gradient);
    };
    EXPECT_THROW(minimise(throwing, kStart), std::out_of_range);
    EXPECT_EQ(calls, 4) << "it is not called again";
}

}  // namespace
}  // namespace ae
