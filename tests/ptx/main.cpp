// main() of the tests that run on PTX: those of the project's kernels find a device, of compute_80 or of
// $AE_PTX_ARCHITECTURE; those whose suite ends with "OnPtx" make the one that they need.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "compiled.h"
#include "device.h"

namespace {

int architecture() {
    const char* const asked = std::getenv("AE_PTX_ARCHITECTURE");
    return asked == nullptr ? 80 : std::atoi(asked);
}

class DeviceForTests : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo& info) override {
        if (std::string_view(info.test_suite_name()).ends_with("OnPtx")) return;
        ptx::load_code_for(architecture());
        device_ = std::make_unique<ptx::Device>(ptx::compiled_for(architecture()));
    }
    void OnTestEnd(const testing::TestInfo& info) override {
        if (info.result()->Skipped()) ADD_FAILURE() << "skipped, though there is a GPU here";
        device_.reset();
    }

    std::unique_ptr<ptx::Device> device_;
};

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    testing::UnitTest::GetInstance()->listeners().Append(new DeviceForTests);  // GoogleTest deletes it
    return RUN_ALL_TESTS();
}
