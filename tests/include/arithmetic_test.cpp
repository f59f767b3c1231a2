#include "ae/arithmetic.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "compare.h"

namespace ae {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// ---------------------------------------------------------------------------------------------------------------------
// polynomials, against the C library in double

/// Distance in units of the last place of the exact value as a float; infinite for NaN.
double ulps(float value, double exact) {
    const float nearest = std::abs(static_cast<float>(exact));
    const double unit = static_cast<double>(std::nextafter(nearest, kInfinity)) - static_cast<double>(nearest);
    const double error = std::abs(static_cast<double>(value) - exact) / unit;
    return error >= 0 ? error : std::numeric_limits<double>::infinity();
}

struct Approximation {
    const char* name;
    float (*function)(float);
    double (*exact)(double);
    float first, last;  // of one sign, the smaller magnitude first
    double bound;       // ulps
};
void PrintTo(const Approximation& a, std::ostream* out) {
    *out << a.name;
}

class Polynomials : public testing::TestWithParam<Approximation> {};

INSTANTIATE_TEST_SUITE_P(
    Table, Polynomials,
    testing::Values(Approximation{"exp, everywhere", exp_of_nonpositive, std::exp, -0.0f, -87.3f, 1.2},
                    Approximation{"exp, middle", exp_of_nonpositive, std::exp, -0.01f, -20.0f, 1.2},
                    Approximation{"log1p, everywhere", log1p_of_unit, std::log1p, 0.0f, 1.0f, 2.0},
                    Approximation{"log1p, upper", log1p_of_unit, std::log1p, 0.001f, 1.0f, 2.0}));

TEST_P(Polynomials, StayWithinTheirBound) {
    const Approximation& a = GetParam();
    const auto first = bit_cast<std::uint32_t>(a.first), last = bit_cast<std::uint32_t>(a.last);
    const std::uint32_t stride = std::max(1u, (last - first) / 1'000'003);  // a million, evenly over all exponents
    double worst = 0;
    float worst_at = 0;
    for (std::uint32_t bits = first; bits <= last; bits += stride) {
        const auto x = bit_cast<float>(bits);
        const double error = ulps(a.function(x), a.exact(static_cast<double>(x)));
        if (error > worst) worst = error, worst_at = x;
    }
    EXPECT_LE(worst, a.bound) << "at " << worst_at;
    EXPECT_GT(worst, 0.4) << "no rounding at all: is the function called?";
}

TEST(Polynomials, AreExactAtTheirEnds) {
    EXPECT_EQ(exp_of_nonpositive(0.0f), 1);
    EXPECT_EQ(exp_of_nonpositive(-87.4f), 0);
    EXPECT_EQ(exp_of_nonpositive(-kInfinity), 0);
    EXPECT_EQ(log1p_of_unit(0.0f), 0);
    EXPECT_LE(ulps(log1p_of_unit(1.0f), std::log(2.0)), 1);
}

// ---------------------------------------------------------------------------------------------------------------------
// activations and loss

TEST(Nan, PassesThroughEveryFunction) {
    EXPECT_TRUE(std::isnan(exp_of_nonpositive(kNan)));
    EXPECT_TRUE(std::isnan(log1p_of_unit(kNan)));
    EXPECT_TRUE(std::isnan(relu(kNan)));
    EXPECT_TRUE(std::isnan(relu_grad(kNan, 1.0f)));
    EXPECT_TRUE(std::isnan(relu_grad(1.0f, kNan)));
    EXPECT_TRUE(std::isnan(sigmoid(kNan)));
    EXPECT_TRUE(std::isnan(bce(kNan, 0.0f).loss));
    EXPECT_TRUE(std::isnan(bce(kNan, 1.0f).loss));
    EXPECT_TRUE(std::isnan(bce(kNan, 0.5f).dlogit));
    EXPECT_TRUE(std::isnan(bce(0.5f, kNan).loss));
    EXPECT_TRUE(std::isnan(bce(0.5f, kNan).dlogit));
}

TEST(Nan, InAGradientReachesTheWeightAndBothMoments) {
    float w = 1, m = 0, v = 0;
    StepCounter clock;
    tick(clock, {});
    adam(w, m, v, kNan, AdamCoefficients<float>::of({}, clock));
    EXPECT_TRUE(std::isnan(w) && std::isnan(m) && std::isnan(v));
}

TEST(Relu, CutsAtZero) {
    EXPECT_EQ(relu(2.5f), 2.5f);
    EXPECT_EQ(relu(-2.5f), 0);
    EXPECT_EQ(relu(-0.0f), 0);
    EXPECT_EQ(relu(kInfinity), kInfinity);
    EXPECT_EQ(relu_grad(3.0f, 0.1f), 3);
    EXPECT_EQ(relu_grad(3.0f, 0.0f), 0);
}

TEST(Pixel, GoesFromZeroToOne) {
    EXPECT_EQ(pixel<float>(0), 0);
    EXPECT_EQ(pixel<float>(255), 1);
    EXPECT_EQ(pixel<float>(51), 0.2f);
}

long double exact_loss(long double z, long double x) {
    return std::max(z, 0.0L) - z * x + std::log1p(std::exp(-std::abs(z)));
}

TEST(BceOfLogits, IsTheStableFormulaForAnyLogit) {
    for (const double magnitude : {0.0, 1e-30, 1e-8, 0.1, 1.0, 17.0, 87.2, 88.0, 104.0, 1000.0, 3e38})
        for (const double sign : {-1.0, 1.0})
            for (const float x : {0.0f, 0.25f, 0.5f, 1.0f}) {
                const auto z = static_cast<float>(sign * magnitude);
                const auto e = bce(z, x);
                const auto loss = static_cast<double>(exact_loss(z, x));
                // What is lost where exp(−|z|) is below the least normal float, and the rounding of z·x.
                EXPECT_TRUE(test::close(e.loss, loss, 2e-38 + 1e-7 * magnitude, 3e-7)) << z << ' ' << x;
                const double p = 1 / (1 + std::exp(-static_cast<double>(z)));
                EXPECT_TRUE(test::close(e.probability, p, 2e-38, 3e-7)) << z;
                EXPECT_TRUE(test::close(e.dlogit, p - static_cast<double>(x), 1e-7, 1e-6)) << z << ' ' << x;
                EXPECT_EQ(e.probability, sigmoid(z));
            }
}

TEST(BceOfLogits, FloatAgreesWithDouble) {
    double worst_loss = 0, worst_gradient = 0;
    for (int i = -30000; i <= 30000; ++i)
        for (const float x : {0.0f, 1 / 3.0f, 1.0f}) {
            const float z = static_cast<float>(i) * 1e-3f;
            const auto f = bce(z, x);
            const auto d = bce(static_cast<double>(z), static_cast<double>(x));
            ASSERT_FALSE(std::isnan(f.loss) || std::isnan(f.dlogit));
            worst_loss = std::max(worst_loss, std::abs(f.loss - d.loss) / (1 + d.loss));
            worst_gradient = std::max(worst_gradient, std::abs(f.dlogit - d.dlogit));
        }
    EXPECT_LE(worst_loss, 3e-7);
    EXPECT_LE(worst_gradient, 2e-7);
}

TEST(BceOfLogits, GradientIsTheDerivativeOfTheLoss) {
    for (double z = -20; z <= 20; z += 0.37)
        for (const double x : {0.0, 0.3, 1.0}) {
            const double h = 1e-5, slope = (bce(z + h, x).loss - bce(z - h, x).loss) / (2 * h);
            EXPECT_TRUE(test::close(bce(z, x).dlogit, slope, 1e-9, 1e-8)) << z << ' ' << x;
        }
}

// ---------------------------------------------------------------------------------------------------------------------
// Adam

/// As keras.optimizers.Adam writes it, with powers recomputed at every step.
struct KerasAdam {
    double w, m = 0, v = 0;

    void update(double g, int t, const Adam& a) {
        const double alpha = a.learning_rate * std::sqrt(1 - std::pow(a.beta2, t)) / (1 - std::pow(a.beta1, t));
        m += (g - m) * (1 - a.beta1);
        v += (g * g - v) * (1 - a.beta2);
        w -= m * alpha / (std::sqrt(v) + a.epsilon);
    }
};

TEST(AdamUpdate, IsThatOfKeras) {
    for (const Adam settings : {Adam{}, Adam{0.1, 0.8, 0.9, 1e-3}}) {
        KerasAdam keras{0.5};
        double w = 0.5, m = 0, v = 0;
        float wf = 0.5f, mf = 0, vf = 0;
        StepCounter clock;
        for (int t = 1; t <= 3000; ++t) {
            const double g = std::sin(0.1 * t) + 0.3;
            keras.update(g, t, settings);
            tick(clock, settings);
            adam(w, m, v, g, AdamCoefficients<double>::of(settings, clock));
            adam(wf, mf, vf, static_cast<float>(g), AdamCoefficients<float>::of(settings, clock));
            ASSERT_TRUE(test::close(w, keras.w, 1e-10, 1e-10)) << t;
            ASSERT_TRUE(test::close(m, keras.m, 1e-12, 1e-12) && test::close(v, keras.v, 1e-12, 1e-12)) << t;
            ASSERT_TRUE(test::close(static_cast<double>(wf), keras.w, 1e-4, 1e-4)) << t;
        }
        EXPECT_EQ(clock.step, 3000u);
    }
}

TEST(AdamUpdate, FirstStepIsTheLearningRateWhateverTheGradient) {
    for (const double g : {1e-3, 1.0, -50.0}) {
        double w = 0, m = 0, v = 0;
        StepCounter clock;
        tick(clock, {});
        adam(w, m, v, g, AdamCoefficients<double>::of({}, clock));
        EXPECT_NEAR(w, g > 0 ? -1e-3 : 1e-3, 1e-5);
    }
}

TEST(AdamUpdate, EpsilonStandsOutsideTheCorrectedRoot) {
    double w = 0, m = 0, v = 0;
    StepCounter clock;
    tick(clock, {});
    adam(w, m, v, 1e-8, AdamCoefficients<double>::of({}, clock));
    // ε̂ form: lr·√0.001/0.1 · 0.1·g / (√0.001·g + ε); PyTorch's form would give lr·g / (g + ε).
    EXPECT_NEAR(w, -1e-3 * std::sqrt(0.001) * 1e-8 / (std::sqrt(0.001) * 1e-8 + 1e-7), 1e-12);
}

// ---------------------------------------------------------------------------------------------------------------------
// random numbers and the order of images

TEST(UnitUniform, CoversTheUnitIntervalButNotItsEnd) {
    EXPECT_EQ(unit_uniform(0), 0);
    EXPECT_EQ(unit_uniform(~std::uint64_t(0)), 1 - 0x1p-24f);
    double sum = 0, squares = 0;
    constexpr int kDraws = 200'000;
    for (std::uint64_t i = 0; i < kDraws; ++i) {
        const double u = static_cast<double>(unit_uniform(random_bits(5, 6, i)));
        ASSERT_EQ(u * 0x1p24, std::floor(u * 0x1p24));
        sum += u, squares += u * u;
    }
    EXPECT_NEAR(sum / kDraws, 0.5, 0.003);
    EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.003);
}

TEST(GlorotUniform, HasLimitsMeanAndVarianceOfTheFirstLayer) {
    const Glorot glorot = Glorot::of(42, 784, 128, 0);
    EXPECT_NEAR(static_cast<double>(glorot.limit), 0.08111, 5e-6);
    constexpr int kWeights = 784 * 128;
    const double limit = static_cast<double>(glorot.limit);
    double sum = 0, squares = 0, least = 1, most = -1;
    for (std::uint64_t i = 0; i < kWeights; ++i) {
        const double w = static_cast<double>(glorot(i));
        sum += w, squares += w * w, least = std::min(least, w), most = std::max(most, w);
    }
    EXPECT_GE(least, -limit);
    EXPECT_LT(most, limit);
    EXPECT_LT(least, -0.999 * limit);
    EXPECT_GT(most, 0.999 * limit);
    EXPECT_NEAR(sum / kWeights, 0, 4 * limit / std::sqrt(3.0 * kWeights));
    EXPECT_NEAR(squares / kWeights, limit * limit / 3, 0.01 * limit * limit / 3);
}

TEST(GlorotUniform, DiffersByPlaceAndSeed) {
    const Glorot one = Glorot::of(42, 8, 8, 0), next = Glorot::of(42, 8, 8, 1), other = Glorot::of(43, 8, 8, 0);
    EXPECT_EQ(one(1), next(0));
    EXPECT_NE(one(0), one(1));
    EXPECT_NE(one(0), other(0));
}

TEST(Tanh, IsTheHyperbolicTangentAndItsSlope) {
    using F = Activate<Activation::tanh>;
    for (int i = -4000; i <= 4000; ++i) {
        const double z = i / 200.0;
        EXPECT_TRUE(std::abs(F::value(static_cast<float>(z)) - std::tanh(z)) <= 2e-7) << z;
        EXPECT_TRUE(std::abs(F::value(z) - std::tanh(z)) <= 1e-15) << z;
        const double slope = 1 / (std::cosh(z) * std::cosh(z));
        EXPECT_TRUE(std::abs(F::grad(1.0, F::value(z)) - slope) <= 1e-14) << z;
    }
    EXPECT_TRUE(std::isnan(F::value(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Decay, FallsFromTheWholeRateToNothing) {
    Adam adam;
    adam.decay_steps = 100;
    EXPECT_EQ(adam.decay_factor(50), 1);
    adam.decay = Decay::linear;
    EXPECT_EQ(adam.decay_factor(1), 1);
    EXPECT_DOUBLE_EQ(adam.decay_factor(51), 0.5);
    EXPECT_NEAR(adam.decay_factor(100), 0.01, 1e-12);
    EXPECT_EQ(adam.decay_factor(101), 0);
    EXPECT_EQ(adam.decay_factor(5000), 0);
    adam.decay = Decay::cosine;
    EXPECT_EQ(adam.decay_factor(1), 1);
    EXPECT_NEAR(adam.decay_factor(51), 0.5, 1e-12);
    EXPECT_NEAR(adam.decay_factor(26), 0.5 + std::sqrt(0.125), 1e-12);
    EXPECT_NEAR(adam.decay_factor(101), 0, 1e-12);
}

TEST(RoundMantissa, GivesTheNearest) {
    EXPECT_EQ(round_mantissa(1.0f, 7), 1.0f);
    EXPECT_EQ(round_mantissa(1.0f + 0x1p-8f, 7), 1.0f + 0x1p-7f) << "a tie goes away from zero";
    EXPECT_EQ(round_mantissa(-1.0f - 0x1p-8f, 7), -1.0f - 0x1p-7f);
    EXPECT_EQ(round_mantissa(1.0f + 0x1.fffp-9f, 7), 1.0f);
    EXPECT_EQ(round_mantissa(1.0f + 0x1p-10f, 10), 1.0f + 0x1p-10f);
    EXPECT_EQ(round_mantissa(0x1.fffp3f, 7), 16.0f) << "the next power of two";
    EXPECT_EQ(round_mantissa(0x1.23456p-140f, 23), 0x1.23456p-140f);
    EXPECT_TRUE(std::isnan(round_mantissa(std::nanf(""), 7)));
    EXPECT_TRUE(std::isinf(round_mantissa(HUGE_VALF, 7)));
}

}  // namespace
}  // namespace ae
