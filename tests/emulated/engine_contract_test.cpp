// The promises that every engine keeps, of those that run on a GPU, emulated and with small networks.
#include "engine_contract.h"

#include "small_fused_engine.h"

namespace ae::test {
namespace {

const Settings kTiny{Shape({16, 12, 5, 12, 16}), 4, Adam{}, 42};
const ContractCase kPlain = contract_case("cublas", kTiny, 4, 4, 3, 1e-6),
                   kLt = contract_case("cublaslt", kTiny, 4, 4, 3, 1e-6);
const auto kCublas = testing::Values(kPlain, kLt), kWithMse = testing::Values(with_mse(kPlain), with_mse(kLt));
const auto kFused = testing::Values(ContractCase{.name = "fused",
                                                 .make = make_small_fused_engine,
                                                 .settings = {Shape({40, 32, 16, 32, 40}), 32, Adam{}, 42},
                                                 .height = 5,
                                                 .width = 8,
                                                 .rest = 9,
                                                 .tolerance = 2e-5});

INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContract, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContractInFloat, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContractAgainstTruth, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublas, EngineContractWithNoiseAgainstTruth, kCublas, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublasWithMse, EngineContract, kWithMse, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublasWithMse, EngineContractInFloat, kWithMse, contract_name);
INSTANTIATE_TEST_SUITE_P(OnCublasWithMse, EngineContractAgainstTruth, kWithMse, contract_name);
INSTANTIATE_TEST_SUITE_P(OnFused, EngineContract, kFused, contract_name);
INSTANTIATE_TEST_SUITE_P(OnFused, EngineContractInFloat, kFused, contract_name);
INSTANTIATE_TEST_SUITE_P(OnFused, EngineContractAgainstTruth, kFused, contract_name);

}  // namespace
}  // namespace ae::test
