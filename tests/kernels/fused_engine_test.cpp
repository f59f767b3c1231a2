// The engine `fused` with the network that ships, on a GPU. The emulator runs the same cases with a small one.
#include "fused_cases.h"

namespace ae::test {
namespace {

std::unique_ptr<Engine> make_shipped(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    return make_engine("fused", settings, options, data);
}

const auto kShipped = testing::Values(FusedInstance{Shape(), 28, 28, 256, 96, make_shipped});

INSTANTIATE_TEST_SUITE_P(Shipped, FusedEngine, kShipped);
INSTANTIATE_TEST_SUITE_P(Shipped, FusedAgainstCpu, kShipped);

}  // namespace
}  // namespace ae::test
