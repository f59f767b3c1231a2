// Named ranges on the time line of Nsight Systems, in the domain "ae_cuda". Without a profiler a range costs one test.
#pragma once
#include <nvtx3/nvtx3.hpp>

#include "engine/training_engine.h"

namespace ae {

struct NvtxDomain {
    static constexpr const char* name = "ae_cuda";
};

/// Lasts as long as its scope. The names are registered once.
class Range {
public:
    explicit Range(Activity activity) : range_(name(activity)) {}

private:
    using Name = nvtx3::registered_string_in<NvtxDomain>;

    static const Name& name(Activity activity) {
        static const Name run("run"), step("step"), record("record"), validate("validate"), apply("apply");
        switch (activity) {
            case Activity::run:
                return run;
            case Activity::step:
                return step;
            case Activity::record:
                return record;
            case Activity::validate:
                return validate;
            default:
                return apply;
        }
    }

    nvtx3::scoped_range_in<NvtxDomain> range_;
};

}  // namespace ae
