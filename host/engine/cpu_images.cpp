#include "engine/cpu_images.h"

#include "ae/engine.h"

namespace ae {

std::shared_ptr<const CpuImageSets> cpu_images(const Dataset& data) {
    ThreadPool pool;
    return std::make_shared<const CpuImageSets>(data, pool);
}

}  // namespace ae
