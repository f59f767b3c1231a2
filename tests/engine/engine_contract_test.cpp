// The promises that every engine keeps, of those that run on the CPU.
#include "engine_contract.h"

namespace ae::test {
namespace {

const Settings kSmall{.shape = Shape({64, 20, 9, 20, 64}), .batch_size = 32, .adam = {}, .seed = 7};
const ContractCase kCpu = contract_case("cpu", kSmall, 8, 8, 22, 1e-6),
                   kTruth = contract_case("truth", kSmall, 8, 8, 22, 1e-6);
const auto kEngines = testing::Values(kCpu, kTruth, with_mse(kCpu), with_mse(kTruth));

INSTANTIATE_TEST_SUITE_P(OnCpu, EngineContract, kEngines, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCpu, EngineContractInFloat, testing::Values(kCpu, with_mse(kCpu)), contract_name);
INSTANTIATE_TEST_SUITE_P(OnCpu, EngineContractAgainstTruth, kEngines, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCpu, EngineContractWithNoiseAgainstTruth, testing::Values(kCpu, kTruth), contract_name);

}  // namespace
}  // namespace ae::test
