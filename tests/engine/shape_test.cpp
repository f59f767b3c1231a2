#include "ae/shape.h"

#include <gtest/gtest.h>

#include "ae/error.h"

namespace ae {
namespace {

TEST(Shape, LaysOutTheDefaultNetwork) {
    const Shape shape;
    EXPECT_EQ(shape.text(), "784-128-64-128-784");
    EXPECT_EQ(shape.parameters(), 218192u);
    EXPECT_EQ(shape.flops_per_image(), 1101824.0);
    EXPECT_EQ(shape.code_size(), 64);
    std::size_t end = 0;
    for (const Layer& layer : shape.layers()) {
        EXPECT_EQ(layer.weight, end);
        EXPECT_EQ(layer.bias, layer.weight + std::size_t(layer.fan_in) * std::size_t(layer.fan_out));
        end = layer.bias + std::size_t(layer.fan_out);
    }
    EXPECT_EQ(end, shape.parameters());
}

TEST(Shape, ReadsWhatItPrints) {
    for (const char* text : {"784-128-64-128-784", "4-2-4", "9-5-5-9"}) EXPECT_EQ(Shape::parse(text).text(), text);
    EXPECT_EQ(Shape::parse("4,2,4"), Shape({4, 2, 4}));
}

TEST(Shape, RefusesWhatIsNoAutoencoder) {
    for (const char* text : {"", "784", "784-784", "784-0-784", "784--784", "784-65537-784", "784-64-783", "a-b-a",
                             "4-2-4-", "4-2.5-4", "4-99999999999999999999-4"})
        EXPECT_THROW(Shape::parse(text), UsageError) << text;
}

TEST(Shape, RefusesMoreParametersThanAnIntCounts) {
    EXPECT_EQ(Shape({16, 46000, 46000, 16}).parameters(), 2'117'564'016u);
    for (const char* text : {"16-65536-65536-16", "16-46341-46341-16", "65536-65536-1-65536-65536"})
        EXPECT_THROW(Shape::parse(text), UsageError) << text;
}

TEST(Shape, NamesTensorsAsTorchDoes) {
    const Shape shape;
    EXPECT_EQ(shape.layer_name(0), "encoder.0");
    EXPECT_EQ(shape.layer_name(1), "encoder.2");
    EXPECT_EQ(shape.layer_name(2), "decoder.0");
    EXPECT_EQ(shape.layer_name(3), "decoder.2");
}

TEST(Shape, TakesTheFirstNarrowestLayerForTheCode) {
    EXPECT_EQ(Shape({9, 5, 5, 9}).encoder_layers(), 1);
    EXPECT_EQ(Shape({9, 4, 3, 6, 9}).encoder_layers(), 2);
}

}  // namespace
}  // namespace ae
