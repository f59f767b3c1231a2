// One batch as PyTorch computes it in double (tools/peers/golden.py): loss, gradients, parameters after 1 and 5 steps.
#include <cstring>

#include "file/safetensors.h"
#include "step_problem.h"

namespace ae {
namespace {

using test::relative_l2;
using test::StepProblem;

const TensorFile& golden() {
    static const TensorFile file = read_safetensors(AE_SOURCE_DIR "/tests/golden/step.safetensors");
    return file;
}

template <typename T>
std::vector<T> values(const std::string& name) {
    const Tensor& tensor = golden().tensors.at(name);
    std::vector<T> v(tensor.bytes.size() / sizeof(T));
    std::memcpy(v.data(), tensor.bytes.data(), tensor.bytes.size());
    return v;
}

template <typename T>
StepProblem<T> problem(const std::string& network, std::vector<int> widths) {
    const int side = widths.front() == 36 ? 6 : 28;
    Dataset data;
    data.train = {8, side, side, values<std::uint8_t>(network + ".images"), {}};
    return StepProblem<T>({.shape = Shape(std::move(widths)), .batch_size = 8, .adam = {}, .seed = 42}, data);
}

template <typename T>
void expect_small_network(double tolerance) {
    auto p = problem<T>("small", {36, 16, 8, 16, 36});
    p.train();
    EXPECT_LE(relative_l2(std::vector{p.mean_loss(8)}, values<double>("small.loss")), 1e-7);  // kept as float
    EXPECT_LE(relative_l2(p.parameters(), values<double>("small.parameters_1")), tolerance);
    const std::vector<double> expected = values<double>("small.gradients");
    ASSERT_EQ(expected.size(), p.shape().parameters());
    for (const Layer& layer : p.shape().layers()) {
        const std::size_t weights = layer.bias - layer.weight, biases = static_cast<std::size_t>(layer.fan_out);
        for (const auto& [from, n] : {std::pair{layer.weight, weights}, std::pair{layer.bias, biases}})
            EXPECT_LE(relative_l2(p.gradients().subspan(from, n), std::span(expected).subspan(from, n)), tolerance)
                << from;
    }
    p.train(4);
    EXPECT_LE(relative_l2(p.parameters(), values<double>("small.parameters_5")), tolerance);
}

TEST(Golden, TruthIsPyTorch) {
    expect_small_network<double>(1e-12);
}
TEST(Golden, FloatEngineIsPyTorch) {
    expect_small_network<float>(1e-5);
}

/// Compares the sum, the sum of magnitudes and the norm of every tensor.
template <typename T>
void expect_statistics(const Shape& shape, std::span<T> flat, const std::vector<double>& expected, double tolerance) {
    ASSERT_EQ(expected.size(), 6 * shape.layers().size());
    std::size_t from = 0, at = 0;
    for (const Layer& layer : shape.layers())
        for (const std::size_t end : {layer.bias, layer.bias + static_cast<std::size_t>(layer.fan_out)}) {
            double sum = 0, magnitudes = 0, squares = 0;
            for (; from < end; ++from) {
                const double g = static_cast<double>(flat[from]);
                sum += g, magnitudes += std::abs(g), squares += g * g;
            }
            EXPECT_TRUE(test::close(sum, expected[at], tolerance * expected[at + 1], 0)) << at;
            EXPECT_TRUE(test::close(magnitudes, expected[at + 1], 0, tolerance)) << at;
            EXPECT_TRUE(test::close(std::sqrt(squares), expected[at + 2], 0, tolerance)) << at;
            at += 3;
        }
}

template <typename T>
void expect_real_network(double tolerance) {
    auto p = problem<T>("real", {784, 128, 64, 128, 784});
    p.train();
    EXPECT_LE(relative_l2(std::vector{p.mean_loss(8)}, values<double>("real.loss")), 1e-6);
    expect_statistics(p.shape(), p.gradients(), values<double>("real.gradients"), tolerance);
    expect_statistics(p.shape(), p.parameters(), values<double>("real.parameters_1"), tolerance);
    p.train(4);
    expect_statistics(p.shape(), p.parameters(), values<double>("real.parameters_5"), tolerance);
}

TEST(Golden, TruthIsPyTorchForTheRealShape) {
    expect_real_network<double>(1e-11);
}
TEST(Golden, FloatEngineIsPyTorchForTheRealShape) {
    expect_real_network<float>(1e-5);
}

}  // namespace
}  // namespace ae
