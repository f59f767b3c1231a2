// Engines that train on one copy of the images.
#include <stdexcept>
#include <thread>

#include "ae/engine.h"
#include "compare.h"

namespace ae {
namespace {

using test::random_dataset;

const Settings kShared{.shape = Shape({64, 20, 9, 20, 64}), .batch_size = 32, .adam = {}, .seed = 7};

TEST(SharedImages, ManyEnginesAtATimeHaveTheBitsOfOneAlone) {
    const Dataset data = random_dataset(150, 40, 8, 8);
    const auto alone = make_engine("cpu", kShared, {.threads = 1}, data);
    alone->run(40);
    const double bce = alone->validate().bce;
    const EngineOptions options{.threads = 1, .images = cpu_images(data)};
    std::vector<std::unique_ptr<Engine>> engines;
    for (int i = 0; i < 4; ++i) engines.push_back(make_engine("cpu", kShared, options, data));
    EXPECT_EQ(options.images.use_count(), 5) << "one copy for all";
    std::vector<std::thread> threads;
    for (auto& engine : engines) threads.emplace_back([&] { engine->run(40); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& engine : engines) {
        EXPECT_TRUE(engine->state().parameters == alone->state().parameters);
        EXPECT_EQ(engine->validate().bce, bce);
    }
}

TEST(SharedImages, OfOtherDataAreRefused) {
    const EngineOptions options{.threads = 1, .images = cpu_images(random_dataset(149, 40, 8, 8))};
    EXPECT_THROW(make_engine("cpu", kShared, options, random_dataset(150, 40, 8, 8)), std::logic_error);
}

}  // namespace
}  // namespace ae
