// The promises that every engine keeps, of those that run on a GPU: `fused` with the network that ships. The emulator
// runs the same with small networks, tests/emulated/engine_contract_test.cpp.
#include "engine_contract.h"

namespace ae::test {
namespace {

const Settings kSmall{Shape({64, 16, 8, 16, 64}), 8, Adam{}, 42};
const ContractCase kPlain = contract_case("cublas", kSmall, 8, 8, 4, 1e-5),
                   kLt = contract_case("cublaslt", kSmall, 8, 8, 4, 1e-5);
const auto kCublas = testing::Values(kPlain, kLt), kWithMse = testing::Values(with_mse(kPlain), with_mse(kLt));
const auto kFused = testing::Values(contract_case("fused", {Shape(), 256, Adam{}, 42}, 28, 28, 96, 2e-5));

INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContract, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContractInFloat, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContractAgainstTruth, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContractWithNoiseAgainstTruth, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublasWithMse, EngineContract, kWithMse, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublasWithMse, EngineContractAgainstTruth, kWithMse, contract_name);
INSTANTIATE_TEST_SUITE_P(OnFused, EngineContract, kFused, contract_name);
INSTANTIATE_TEST_SUITE_P(OnFused, EngineContractInFloat, kFused, contract_name);
INSTANTIATE_TEST_SUITE_P(OnFused, EngineContractAgainstTruth, kFused, contract_name);

}  // namespace
}  // namespace ae::test
