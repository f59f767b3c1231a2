// The arithmetic of one element, written once: g++ compiles it for the CPU engines, nvcc for the kernels.
//
// T is float in the engines and double in the engine that the tests take as the truth. The float versions of exp
// and log1p are our own polynomials: compilers vectorise them without -ffast-math (which would let NaN pass), and CPU
// and GPU compute the same thing but for the rounding that multiply_add() speaks of.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__CUDACC__)
#define AE_HD __host__ __device__ inline
#else
#define AE_HD inline
#endif

namespace ae {

template <typename To, typename From>
AE_HD To bit_cast(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}

/// a·b + c, rounded once on a GPU, by its one instruction, and twice on a CPU: not all processors have that
/// instruction, and the vector code for those that have it gives the same bits as the rest.
AE_HD float multiply_add(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
    return fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

/// a·b + c, rounded twice everywhere, for what must have the same bits on a GPU and on a CPU.
AE_HD float multiply_then_add(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
    return __fadd_rn(__fmul_rn(a, b), c);
#else
    return a * b + c;
#endif
}

/// a/d. A GPU's own division branches for quotients that are subnormal, infinite or 0, and its lanes then wait for one
/// another: here they would for every black pixel. This is the approximation by its unit for that, improved by two
/// steps: the quotient's last bit may differ where it is below 2⁻¹⁰⁰, and d must be below 2¹²⁶.
AE_HD float quotient(float a, float d) {
#if defined(__CUDA_ARCH__)
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(d));
    y = fmaf(fmaf(-d, y, 1.0f), y, y);
    const float q = a * y;
    return fmaf(fmaf(-d, q, a), y, q);
#else
    return a / d;
#endif
}
AE_HD double quotient(double a, double d) {
    return a / d;
}

/// The square root of v ≥ 0, in the same way; of a subnormal number 0.
AE_HD float root(float v) {
#if defined(__CUDA_ARCH__)
    float y;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(v));
    const float s = v * y;
    return v < 0x1p-126f ? 0.0f : fmaf(fmaf(-s, s, v), 0.5f * y, s);
#else
    return std::sqrt(v);
#endif
}
AE_HD double root(double v) {
    return std::sqrt(v);
}

constexpr int kMantissaBits = 23;  ///< of a float

/// The nearest float with this number of bits of mantissa, ties away from zero: TF32 has 10, BF16 has 7. NaN stays NaN.
AE_HD float round_mantissa(float value, int bits) {
    const std::uint32_t unit = std::uint32_t(1) << (kMantissaBits - bits);
    const auto word = bit_cast<std::uint32_t>(value);
    const bool is_finite = (word & 0x7F800000u) != 0x7F800000u;
    return is_finite ? bit_cast<float>((word + unit / 2) & ~(unit - 1)) : value;
}

// ---------------------------------------------------------------------------------------------------------------------
// activations and loss

/// A pixel of the data set as the network sees it: 0…255 to [0, 1].
template <typename T>
AE_HD T pixel(std::uint8_t value) {
    return quotient(static_cast<T>(value), T(255));
}

/// A value of the data set as the network sees it: a byte is a pixel, a number is itself.
template <typename T>
AE_HD T seen(std::uint8_t byte) {
    return pixel<T>(byte);
}
template <typename T>
AE_HD T seen(float number) {
    return static_cast<T>(number);
}

template <typename T>
AE_HD T relu(T z) {
    return z > T(0) ? z : (z <= T(0) ? T(0) : z);  // the second test lets NaN through, so that divergence is seen
}

/// Gradient through ReLU, from its output `a`: zero where the unit was off.
template <typename T>
AE_HD T relu_grad(T da, T a) {
    return a > T(0) ? da : (a == a ? T(0) : a);
}

/// exp(x) for x ≤ 0, within 1.2 ulp; NaN stays NaN; 0 below -87.3.
/// Cody and Waite's reduction x = k·ln2 + r, |r| ≤ ln2/2 (Software Manual for the Elementary Functions, ch. 6).
AE_HD float exp_of_nonpositive(float x) {
    const float bounded = x < -87.3f ? -87.3f : x;
    const float k_plus_magic =
        multiply_add(bounded, 1.44269504f, 12582912.0f);  // 1.5·2²³: the sum's low bits hold round(x/ln2)
    const float k = k_plus_magic - 12582912.0f;
    const float r = multiply_add(k, -1.42860677e-6f, multiply_add(k, -0.693145752f, bounded));
    float p = 1.37805939e-3f;
    p = multiply_add(p, r, 8.37312452e-3f);
    p = multiply_add(p, r, 4.16695364e-2f);
    p = multiply_add(p, r, 1.66664720e-1f);
    p = multiply_add(p, r, 4.99999851e-1f);
    p = multiply_add(p, r, 1.0f);
    p = multiply_add(p, r, 1.0f);
    const auto exponent = (bit_cast<std::int32_t>(k_plus_magic) - 0x4B400000 + 127) << 23;
    return x < -87.3f ? 0.0f : p * bit_cast<float>(exponent);
}
AE_HD double exp_of_nonpositive(double x) {
    return std::exp(x);
}

/// log(1 + e) for 0 ≤ e ≤ 1 as 2·artanh(e / (2 + e)), within 2 ulp.
AE_HD float log1p_of_unit(float e) {
    const float s = quotient(e, 2.0f + e);
    const float t = s * s;
    float p = 1.0f / 13;
    p = multiply_add(p, t, 1.0f / 11);
    p = multiply_add(p, t, 1.0f / 9);
    p = multiply_add(p, t, 1.0f / 7);
    p = multiply_add(p, t, 1.0f / 5);
    p = multiply_add(p, t, 1.0f / 3);
    return 2.0f * multiply_add(p * t, s, s);
}
AE_HD double log1p_of_unit(double e) {
    return std::log1p(e);
}

/// (1 − e^−2|z|) / (1 + e^−2|z|) with the sign of z: within 1.2e-7 of the truth.
template <typename T>
AE_HD T tanh(T z) {
    const T e = exp_of_nonpositive(T(-2) * (z < T(0) ? -z : z));
    const T magnitude = (T(1) - e) / (T(1) + e);
    return z < T(0) ? -magnitude : magnitude;
}

/// The function that follows the bias of a hidden layer.
enum class Activation : std::uint8_t { relu, linear, tanh };

/// An activation as a type, so that loops and kernels are compiled for each.
template <Activation kActivation>
struct Activate {
    template <typename T>
    AE_HD static T value(T z) {
        if constexpr (kActivation == Activation::relu) return relu(z);
        if constexpr (kActivation == Activation::tanh) return ae::tanh(z);
        return z;
    }

    /// The gradient before the activation, from the gradient after it and its output `a`.
    template <typename T>
    AE_HD static T grad(T da, T a) {
        if constexpr (kActivation == Activation::relu) return relu_grad(da, a);
        if constexpr (kActivation == Activation::tanh) return da * (T(1) - a * a);
        return da;
    }
};

/// Calls body(Activate<…>()) for an activation that is known only at run time.
template <typename Body>
void with_activation(Activation activation, Body body) {
    switch (activation) {
        case Activation::relu:
            return body(Activate<Activation::relu>());
        case Activation::linear:
            return body(Activate<Activation::linear>());
        case Activation::tanh:
            return body(Activate<Activation::tanh>());
    }
}

template <typename T>
AE_HD T sigmoid(T z) {
    const T e = exp_of_nonpositive(z < T(0) ? z : -z);
    return quotient(z < T(0) ? e : T(1), T(1) + e);
}

/// Binary cross-entropy of one pixel and its derivative, from the logit.
template <typename T>
struct Bce {
    T loss;    ///< linear + log(1 + e), in nats
    T dlogit;  ///< sigmoid(z) − x
    T probability;
    T linear;  ///< max(z, 0) − z·x
    T e;       ///< exp(−|z|): a sum over pixels may take one logarithm, of the product of all (1 + e)
};

/// The stable form: no overflow for any z, exact targets between 0 and 1 allowed (as in
/// tf.nn.sigmoid_cross_entropy_with_logits).
template <typename T>
AE_HD Bce<T> bce(T z, T x) {
    const T e = exp_of_nonpositive(z < T(0) ? z : -z);
    const T probability = quotient(z < T(0) ? e : T(1), T(1) + e);
    const T linear = (z > T(0) ? z : T(0)) - z * x;
    return {linear + log1p_of_unit(e), probability - x, probability, linear, e};
}

/// The squared error of one value of the output and its derivative.
template <typename T>
struct SquaredError {
    T loss;     ///< (y − x)²
    T doutput;  ///< 2·(y − x)
};

/// A network's loss is the mean over the images of the mean over an image's values of this, as it is of bce(), and its
/// gradient is divided by the same number, images × values. Adam divides gradients by their own size, so that the
/// factor 2 and the units of x do not ask for another learning rate than that of bce().
template <typename T>
AE_HD SquaredError<T> squared_error(T y, T x) {
    const T error = y - x;
    return {error * error, T(2) * error};
}

/// The loss that a network is trained with, and with it the function after the last layer's bias: the sigmoid for bce,
/// none for mse.
enum class Loss : std::uint8_t { bce, mse };

// ---------------------------------------------------------------------------------------------------------------------
// Adam

/// The schedule of the learning rate: constant, or falling to 0 at the last step.
enum class Decay : std::uint8_t { constant, linear, cosine };

/// Hyper-parameters in Keras' form and with Keras' defaults; ε stands outside the corrected root.
struct Adam {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-7;
    Decay decay = Decay::constant;
    std::uint64_t decay_steps = 0;  ///< after which the learning rate is 0; unused if it is constant

    /// Factor on the learning rate in step `step`, counted from 1. The cosine is that of Loshchilov and Hutter, SGDR
    /// (2017), eq. 5.
    AE_HD double decay_factor(std::uint64_t step) const {
        if (decay == Decay::constant) return 1;
        const double done = step > decay_steps ? 1 : static_cast<double>(step - 1) / static_cast<double>(decay_steps);
        return decay == Decay::linear ? 1 - done : 0.5 * (1 + cos(3.14159265358979323846 * done));
    }
};

/// The part of the optimiser that changes from step to step. It lives where the engine's parameters live, so that a
/// step receives no number from outside and can be captured once and replayed.
struct StepCounter {
    std::uint64_t step = 0;  ///< steps begun since the start of training
    double beta1_power = 1;  ///< β1^step
    double beta2_power = 1;  ///< β2^step
    double step_size = 0;    ///< lr·√(1−β2^step)/(1−β1^step)
};

/// Begins a step. Products instead of pow(): the same bits on every processor, for any number of steps.
AE_HD void tick(StepCounter& clock, const Adam& adam) {
    ++clock.step;
    clock.beta1_power *= adam.beta1;
    clock.beta2_power *= adam.beta2;
    clock.step_size =
        adam.learning_rate * adam.decay_factor(clock.step) * sqrt(1 - clock.beta2_power) / (1 - clock.beta1_power);
}

/// The values of Adam and of the StepCounter that adam() needs, in the precision of the parameters.
template <typename T>
struct AdamCoefficients {
    T step_size, one_minus_beta1, one_minus_beta2, epsilon;

    AE_HD static AdamCoefficients of(const Adam& adam, const StepCounter& clock) {
        return {static_cast<T>(clock.step_size), static_cast<T>(1 - adam.beta1), static_cast<T>(1 - adam.beta2),
                static_cast<T>(adam.epsilon)};
    }
};

/// One parameter's update: Kingma and Ba, "Adam" (2015), section 2, last paragraph, with ε-hat, as Keras does it.
template <typename T>
AE_HD void adam(T& w, T& m, T& v, T g, const AdamCoefficients<T>& c) {
    m += (g - m) * c.one_minus_beta1;
    v += (g * g - v) * c.one_minus_beta2;
    w -= quotient(c.step_size * m, root(v) + c.epsilon);
}

// ---------------------------------------------------------------------------------------------------------------------
// random numbers: pure functions of a seed and a position, so that nothing has to be stored to stop and resume

/// A bijection of 64-bit words that looks random (the finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
AE_HD std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/// The random word at `index` of stream `stream`.
AE_HD std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
    return mix(mix(mix(seed) ^ stream) ^ index);
}

/// Uniform in [0, 1), a multiple of 2⁻²⁴: exact in float.
AE_HD float unit_uniform(std::uint64_t bits) {
    return static_cast<float>(bits >> 40) * 0x1p-24f;
}

/// Glorot and Bengio (2010), eq. 16: weight `i` of a layer is uniform in ±limit.
struct Glorot {
    std::uint64_t seed;
    std::uint64_t offset;  ///< of the layer's weights in the flat parameter array: all layers share one stream
    float limit;           ///< √(6 / (fan_in + fan_out))

    static Glorot of(std::uint64_t seed, int fan_in, int fan_out, std::uint64_t offset) {
        return {seed, offset, std::sqrt(6.0f / (static_cast<float>(fan_in) + static_cast<float>(fan_out)))};
    }

    AE_HD float operator()(std::uint64_t i) const {
        return (2 * unit_uniform(random_bits(seed, 0x676C6F726F74u, offset + i)) - 1) * limit;
    }
};

}  // namespace ae
