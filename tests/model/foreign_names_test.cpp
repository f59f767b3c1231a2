#include "model/foreign_names.h"

#include <gmock/gmock.h>

#include "ae/model.h"
#include "model/model_images.h"

namespace ae {
namespace {

using testing::ElementsAre;

std::vector<std::string> stripped(const std::vector<std::string>& names, std::string* taken = nullptr) {
    TensorFile file;
    for (const std::string& name : names) file.tensors[name] = tensor_of(1);
    const std::string words = strip_foreign_names(file);
    if (taken) *taken = words;
    std::vector<std::string> result;
    for (const auto& [name, tensor] : file.tensors) {
        EXPECT_EQ(tensor, tensor_of(1)) << name;
        result.push_back(name);
    }
    return result;
}

TEST(ForeignNames, WrappersAreTakenOutWhereverTheyStand) {
    for (const char* first :
         {"module.encoder.0.weight", "_orig_mod.encoder.0.weight", "module._orig_mod.encoder.0.weight",
          "_orig_mod.module.encoder.0.weight", "encoder._orig_mod.0.weight", "encoder.module.0.weight"})
        EXPECT_THAT(stripped({first}), ElementsAre("encoder.0.weight")) << first;
    std::string taken;
    stripped({"module.encoder.0.weight"}, &taken);
    EXPECT_EQ(taken, "module.");
}

TEST(ForeignNames, APrefixThatAllShareIsTakenOut) {
    EXPECT_THAT(stripped({"net.encoder.0.weight", "net.decoder.0.weight"}),
                ElementsAre("decoder.0.weight", "encoder.0.weight"));
    EXPECT_THAT(stripped({"model.module.encoder.0.weight"}), ElementsAre("encoder.0.weight"));
    EXPECT_THAT(stripped({"net.encoder.0.weight", "step"}), ElementsAre("net.encoder.0.weight", "step"));
    EXPECT_THAT(stripped({"myencoder.0.weight"}), ElementsAre("myencoder.0.weight"));
}

TEST(ForeignNames, TheHousesOwnStayAndNoTwoBecomeOne) {
    std::string taken;
    EXPECT_THAT(stripped({"encoder.0.weight", "submodule.x"}, &taken), ElementsAre("encoder.0.weight", "submodule.x"));
    EXPECT_EQ(taken, "");
    EXPECT_THAT(stripped({"encoder.0.weight", "module.encoder.0.weight"}),
                ElementsAre("encoder.0.weight", "module.encoder.0.weight"));
}

TEST(ModelImages, TheSizeIsWhatTheFileSaysWhereThatCanBe) {
    Model model;
    model.settings.shape = Shape::parse("576-32-576");
    EXPECT_FALSE(image_size(model));
    describe_images(model.metadata, {.width = 36, .height = 16});
    EXPECT_EQ(image_size(model)->height, 16);
    EXPECT_EQ(image_size(model)->width, 36);
    for (const char* wrong : {"15", "", "-16", "16.0", "99999999999999999999", "0"}) {
        model.metadata["image_height"] = wrong;
        EXPECT_FALSE(image_size(model)) << wrong;
    }
}

}  // namespace
}  // namespace ae
