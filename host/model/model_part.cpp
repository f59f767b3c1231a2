#include "model/model_part.h"

#include "engine/names.h"
#include "model/parameter_tensors.h"
#include "model/provenance.h"
#include "model/scale_tensors.h"

namespace ae {

const std::vector<std::string>& part_names() {
    static const std::vector<std::string> names{"whole", "encoder", "decoder"};
    return names;
}

std::string text(ModelPart part) {
    return part_names()[static_cast<std::size_t>(part)];
}

ModelPart parse_part(const std::string& name) {
    return parse_name<ModelPart>(part_names(), name, "part");
}

LayerRange layers_of(const Shape& shape, ModelPart part) {
    const auto code = static_cast<std::size_t>(shape.encoder_layers());
    return {part == ModelPart::decoder ? code : 0, part == ModelPart::encoder ? code : shape.layers().size()};
}

TensorFile part_tensors(const Model& model, ModelPart part) {
    TensorFile file{model.metadata, {}};
    describe(file.metadata, model.settings);
    file.metadata.erase("crc32");  // of the file that the model came from
    add_parameters(file, model.settings.shape, "", model.parameters);
    if (part != ModelPart::whole)
        std::erase_if(file.tensors, [&](const auto& entry) { return !entry.first.starts_with(text(part) + '.'); });
    add_scale(file, model.scale);
    return file;
}

std::string serialize_part(const Model& model, ModelPart part) {
    TensorFile file = part_tensors(model, part);
    std::erase_if(file.metadata, [](const auto& entry) { return entry.first.starts_with(kThresholds); });
    if (part != ModelPart::whole) file.metadata["part"] = text(part);
    seal(file);
    return serialize_safetensors(file);
}

}  // namespace ae
