// A batch that is shared out to ranks: their gradients add up to those of the whole batch, noise and losses included.
#include "ae/step.h"
#include "compare.h"
#include "engine/cpu_tiled_step.h"
#include "engine/step_on_device.h"

namespace ae::test {
namespace {

/// One step of a rank from the initial weights.
template <typename T, typename S>
class RankStep {
public:
    RankStep(const Settings& settings, const Dataset& data, Shard shard, std::uint64_t step)
        : order_(Order::of(settings, data.train, shard)),
          on_(settings, EngineOptions{.threads = 1}, data),
          step_(step) {
        on_.device.stage(settings, data, shard);
        for (const Layer& layer : settings.shape.layers())
            on_.device.initialize({on_.memory.parameters().data + layer.weight, layer.fan_in * layer.fan_out},
                                  layer.fan_in, layer.fan_out, layer.weight);
        std::ranges::fill(gradients(), std::numeric_limits<T>::quiet_NaN());
        StepCounter clock;
        while (clock.step < step) tick(clock, settings.adam);
        on_.device.set_clock(clock);
        train_step(on_.step, tensors());
    }

    std::span<T> gradients() { return {on_.memory.gradients().data, on_.settings.shape.parameters()}; }
    std::vector<T> input() { return values_of(tensors().input); }
    std::vector<T> target() { return values_of(tensors().target); }
    /// The losses of the data set's images in the order of the epoch; 0 where this step and rank had none.
    std::vector<float> losses() {
        std::vector<float> losses(order_.images);
        on_.device.download_losses(losses);
        return losses;
    }

private:
    static std::vector<T> values_of(const Matrix<T>& m) { return {m.data, m.data + m.size()}; }
    const StepTensors<T>& tensors() {
        return on_.memory.tensors(
            {.rows = static_cast<int>(order_.rows(step_)), .batch_rows = static_cast<int>(order_.batch_rows(step_))});
    }

    Order order_;
    StepOnDevice<CpuDevice<T>, S> on_;
    std::uint64_t step_;
};

template <typename T, typename A>
void add(std::vector<T>& sum, const A& values) {
    ASSERT_EQ(sum.size(), std::size(values));
    std::transform(sum.begin(), sum.end(), std::begin(values), sum.begin(), std::plus());
}

template <typename T, typename S>
void expect_the_whole_step(const Settings& settings, const Dataset& data, int ranks, std::uint64_t step,
                           double tolerance) {
    RankStep<T, S> whole(settings, data, {}, step);
    EXPECT_NE(whole.input(), whole.target()) << "nothing was corrupted";
    std::vector<T> gradients(whole.gradients().size()), input, target;
    std::vector<float> losses(whole.losses().size());
    for (int rank = 0; rank < ranks; ++rank) {
        RankStep<T, S> part(settings, data, {rank, ranks}, step);
        add(gradients, part.gradients());
        add(losses, part.losses());
        for (const T value : part.input()) input.push_back(value);
        for (const T value : part.target()) target.push_back(value);
    }
    EXPECT_LE(relative_l2(gradients, whole.gradients()), tolerance);
    EXPECT_LE(relative_l2(losses, whole.losses()), std::max(tolerance, 1e-7));
    EXPECT_EQ(input, whole.input()) << "each image has the noise of its place in the whole batch";
    EXPECT_EQ(target, whole.target());
}

class RanksOfAStep : public testing::TestWithParam<int> {
protected:
    /// 17 images in batches of 7, 7 and 3: of five ranks two have no row of the last one.
    void expect_alike_in_all_steps(auto expect) const {
        const Settings settings{.shape = Shape({12, 7, 4, 7, 12}),
                                .batch_size = 7,
                                .adam = {},
                                .seed = 42,
                                .code_activation = Activation::linear,
                                .noise = {NoiseKind::gaussian, 0.2f, 0.4f}};
        const Dataset data = random_dataset(17, 0, 3, 4);
        for (const std::uint64_t step : {0u, 1u, 2u, 4u}) {
            SCOPED_TRACE("step " + std::to_string(step));
            expect(settings, data, GetParam(), step);
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Numbers, RanksOfAStep, testing::Values(1, 2, 3, 5));

TEST_P(RanksOfAStep, HaveTogetherTheGradientsOfTheWholeBatchInDouble) {
    expect_alike_in_all_steps([](const Settings& settings, const Dataset& data, int ranks, std::uint64_t step) {
        expect_the_whole_step<double, VerbStep<CpuVerbs<double>>>(settings, data, ranks, step, 1e-14);
    });
}

TEST_P(RanksOfAStep, HaveTogetherTheGradientsOfTheWholeBatchInFloat) {
    expect_alike_in_all_steps([](const Settings& settings, const Dataset& data, int ranks, std::uint64_t step) {
        expect_the_whole_step<float, CpuTiledStep>(settings, data, ranks, step, 1e-6);
    });
}

}  // namespace
}  // namespace ae::test
