// On real MNIST: how much of the digits' labels classifiers read from codes, and how few bytes hold these.
#include <algorithm>

#include "ae/engine.h"
#include "real_mnist.h"
#include "use/compression.h"
#include "use/probe.h"

namespace ae {
namespace {

class MnistProbe : public test::OnRealMnist {
protected:
    /// The engine after ten epochs with the default settings.
    static Engine& trained() {
        static const std::unique_ptr<Engine> engine = [] {
            auto made = make_engine("cpu", Settings(), {}, mnist());
            made->run(2350);
            return made;
        }();
        return *engine;
    }
};

TEST_F(MnistProbe, CodesOfTenEpochsReachTheKnownAccuracies) {
    const Dataset& data = mnist();
    Network& network = trained().network();
    const Features codes{"code-64", 64, network.encode(data.train.floats(0, data.train.count)),
                         network.encode(data.test.floats(0, data.test.count))};
    ThreadPool pool;
    const auto measures = probe(codes, {data.train.labels, data.test.labels}, {.few_labels = {100}}, pool);
    const auto accuracy = [&](const std::string& classifier, int labels) {
        const auto at = std::ranges::find_if(
            measures, [&](const ProbeMeasure& m) { return m.classifier == classifier && m.labels == labels; });
        return at == measures.end() ? 0.0 : at->accuracy;
    };
    EXPECT_GE(accuracy("knn-3-cosine", 0), 0.971);
    EXPECT_GE(accuracy("knn-3-l2", 0), 0.964);
    EXPECT_GE(accuracy("linear", 0), 0.916);
    EXPECT_GE(accuracy("linear", 100), 0.73);
}

TEST_F(MnistProbe, CodesCompressToTheKnownSizes) {
    const Images& test = mnist().test;
    const std::vector<float> codes = trained().network().encode(test.floats(0, test.count));
    const AezInfo info{std::string(64, '0'), test.count, test.height, test.width, {}};
    const auto bytes_an_image = [&](int bits) {
        return static_cast<double>(compress_codes(info, codes, bits).size()) / test.count;
    };
    EXPECT_LE(bytes_an_image(8), 55);
    EXPECT_LE(bytes_an_image(5), 33);
    EXPECT_LE(bytes_an_image(1), 8) << "64 bits are not exceeded";
}

}  // namespace
}  // namespace ae
