// A whole epoch of the default network on a GPU; the emulator would take hours, so it does not build this file.
#include "ae/error.h"
#include "compare.h"
#include "device.h"

namespace ae::test {
namespace {

class Epoch : public OnDevice {
protected:
    Settings settings_{Shape(), 256, Adam{}, 42};

    std::unique_ptr<Engine> after_an_epoch(const std::string& name, const Dataset& data,
                                           const EngineOptions& options = {}) const {
        auto engine = make_engine(name, settings_, options, data);
        const auto images = static_cast<std::uint64_t>(data.train.count);
        engine->run((images + 255) / 256);
        return engine;
    }
};

TEST_F(Epoch, EndsWhereTheCpuEnds) {
    Dataset data;
    data.train = synthetic_digits(10'000, 1);
    data.test = synthetic_digits(3'000, 2);  // more than one chunk
    const auto cublas = after_an_epoch("cublas", data), cpu = after_an_epoch("cpu", data);
    EXPECT_TRUE(close(cublas->epoch_loss(), cpu->epoch_loss(), 0, 1e-4));
    EXPECT_TRUE(close(cublas->validate().bce, cpu->validate().bce, 0, 1e-3));
    EXPECT_TRUE(close(cublas->validate().mse, cpu->validate().mse, 0, 1e-3));

    const State recorded = cublas->state();
    EXPECT_EQ(after_an_epoch("cublas", data)->state().parameters, recorded.parameters);
    EXPECT_EQ(after_an_epoch("cublas", data, {.graph = false})->state().parameters, recorded.parameters);

    for (const Math math : {Math::tf32, Math::bf16}) {
        const auto rounded = after_an_epoch("cublas", data, {.math = math});
        EXPECT_TRUE(close(rounded->validate().bce, cpu->validate().bce, 0, 1e-2));
    }
}

TEST_F(Epoch, OfMnistEndsInItsRange) {
    DatasetOptions here;
    here.download = false;
    Dataset mnist;
    try {
        mnist = load_dataset(here);
    } catch (const DataError& e) {
        GTEST_SKIP() << e.what();
    }
    const double bce = after_an_epoch("cublas", mnist)->validate().bce;
    EXPECT_TRUE(bce >= 0.136 && bce <= 0.141) << bce;
}

}  // namespace
}  // namespace ae::test
