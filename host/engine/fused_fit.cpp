// The networks and batches that the engine `fused` was compiled for.
#include <fmt/format.h>

#include "engine/gpu.h"
#include "engine/names.h"

namespace ae {

std::string why_not_fused(const Settings& settings, const EngineOptions& options) {
    const Shape shape({kFusedWidths.begin(), kFusedWidths.end()});
    if (settings.shape != shape)
        return fmt::format("it is made for {}, this network is {}", shape.text(), settings.shape.text());
    if (settings.batch_size > kFusedRows)
        return fmt::format("it takes batches of at most {} images, not {}", kFusedRows, settings.batch_size);
    if (settings.noise.kind != NoiseKind::none)
        return fmt::format("it trains without noise, not with {}", settings.noise.text());
    if (settings.loss != Loss::bce) return fmt::format("its kernels compute bce, not {}", text(settings.loss));
    if (options.math != Precision::fp32) return "it computes in fp32 and knows no other --math";
    return "";
}

}  // namespace ae
