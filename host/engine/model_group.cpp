#include "engine/model_group.h"

namespace ae {

std::string why_not_together(const Settings& a, const Settings& b) {
    if (!(a.shape == b.shape)) return "their layers are " + a.shape.text() + " and " + b.shape.text();
    if (a.batch_size != b.batch_size)
        return "their batches are of " + std::to_string(a.batch_size) + " and " + std::to_string(b.batch_size) +
               " images";
    if (a.activation != b.activation || a.code_activation != b.code_activation) return "their activations differ";
    if (a.loss != b.loss || a.scaling != b.scaling) return "their losses or the scaling of their numbers differ";
    return "";
}

}  // namespace ae
