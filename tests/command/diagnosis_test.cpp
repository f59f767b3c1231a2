#include "show/diagnosis.h"

#include <gmock/gmock.h>

namespace ae::diagnosis_test {
namespace {

using testing::HasSubstr;

History of(const std::vector<std::pair<double, double>>& losses) {
    History history;
    for (const auto& [loss, val_loss] : losses)
        history.push_back({.epoch = static_cast<int>(history.size()) + 1, .loss = loss, .val_loss = val_loss});
    return history;
}

TEST(Diagnosis, TellsOverfittingFromARateThatIsTooHigh) {
    EXPECT_THAT(diagnosis(of({{0.3, 0.3}, {0.2, 0.22}, {0.1, 0.25}, {0.05, 0.3}})),
                HasSubstr("overfits since epoch 2"));
    EXPECT_THAT(diagnosis(of({{0.3, 0.3}, {0.2, 0.2}, {0.25, 0.26}})), HasSubstr("--schedule cosine"));
}

TEST(Diagnosis, SaysWhereARunEndedTooSoonAndOtherwiseNothing) {
    EXPECT_THAT(diagnosis(of({{0.3, 0.3}, {0.2, 0.2}, {0.15, 0.15}})), HasSubstr("more epochs would help"));
    EXPECT_EQ(diagnosis(of({{0.3, 0.3}, {0.2, 0.2}, {0.2, 0.2}})), "");
    EXPECT_EQ(diagnosis(of({{0.3, 0.3}, {0.2, 0.2}})), "") << "too short to tell";
}

}  // namespace
}  // namespace ae::diagnosis_test
