// Anomaly scores on real MNIST: they must tell apart digits that the network has not seen.
#include <algorithm>

#include "real_mnist.h"
#include "use/anomaly_protocol.h"

namespace ae {
namespace {

class Silent final : public TrainObserver {
public:
    void on_steps(std::uint64_t, double) override {}
    void on_epoch(const EpochRecord&, bool) override {}
    void on_checkpoint(const History&) override {}
    bool stop_requested() override { return false; }
};

class MnistAnomalies : public test::OnRealMnist {
protected:
    static Judgement judged(Protocol protocol, int digit, const std::string& score) {
        Silent observer;
        ThreadPool pool;
        ProtocolPlan plan;
        plan.engine = "cpu";
        const auto judgements = run_protocol(protocol, digit, mnist(), plan, observer, pool);
        const auto at = std::ranges::find(judgements, score, &Judgement::score);
        return at == judgements.end() ? Judgement{} : *at;
    }
};

TEST_F(MnistAnomalies, OneDigitIsToldFromAllOthers) {
    const Judgement four = judged(Protocol::one_class, 4, "mse");
    EXPECT_GE(four.detection.auroc, 0.95);
    EXPECT_NEAR(four.false_alarms, 0.05, 0.03);
    EXPECT_NEAR(judged(Protocol::one_class, 4, "PCA-64").detection.auroc, 0.933, 0.005);
}

TEST_F(MnistAnomalies, ADigitThatWasLeftOutIsFoundByItsCode) {
    const Judgement zero = judged(Protocol::leave_one_out, 0, "knn");
    EXPECT_GE(zero.detection.auroc, 0.94);
    EXPECT_NEAR(zero.false_alarms, 0.05, 0.02) << "the mean over digits is nearer: tools/results/anomaly.json";
}

}  // namespace
}  // namespace ae
