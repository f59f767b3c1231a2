// Probing on real MNIST: the accuracy of classifiers on codes.
#include <algorithm>

#include "ae/engine.h"
#include "real_mnist.h"
#include "use/probe.h"

namespace ae {
namespace {

class MnistProbe : public test::OnRealMnist {};

TEST_F(MnistProbe, CodesOfTenEpochsReachTheKnownAccuracies) {
    const Dataset& data = mnist();
    const auto engine = make_engine("cpu", Settings(), {}, data);
    engine->run(2350);
    const Features codes{"code-64", 64, engine->network().encode(data.train.floats(0, data.train.count)),
                         engine->network().encode(data.test.floats(0, data.test.count))};
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

}  // namespace
}  // namespace ae
