// The real MNIST for tests that hold only there.
#pragma once
#include <gtest/gtest.h>

#include "ae/dataset.h"
#include "ae/error.h"

namespace ae::test {

/// A fixture whose tests are skipped, with the reason, where MNIST does not lie on this machine.
class OnRealMnist : public testing::Test {
protected:
    void SetUp() override {
        if (why_absent().empty()) return;
        GTEST_SKIP() << why_absent();
    }

    static const Dataset& mnist() { return loaded().data; }

private:
    struct Loaded {
        Dataset data;
        std::string why_absent;
    };

    static const std::string& why_absent() { return loaded().why_absent; }

    static const Loaded& loaded() {
        static const Loaded result = [] {
            try {
                DatasetOptions options;
                options.download = false;
                return Loaded{load_dataset(options), ""};
            } catch (const Error& error) {
                return Loaded{{}, error.what()};
            }
        }();
        return result;
    }
};

}  // namespace ae::test
