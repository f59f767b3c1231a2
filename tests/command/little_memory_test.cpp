// Less address space than a command needs, as `ulimit -v` leaves it: it says so and ends.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "program.h"
#include "sanitized.h"

namespace ae::test {
namespace {

using testing::HasSubstr;

constexpr int kMostSeconds = 20;  // of processor time, which a program that asks for memory for ever uses up

class LittleMemory : public testing::Test {
protected:
    void SetUp() override {
        if (kIsSanitized) GTEST_SKIP() << "AddressSanitizer needs more address space than any of the limits";
        write_idx_folder(here() / "data", 300, 40, 8);
    }

    fs::path here() const { return folder_.path(); }

    /// OpenBLAS would start threads for this variable, and wait at the end for those that found no memory.
    Answer run_in(rlim_t mebibytes, const std::vector<std::string>& arguments) const {
        return run_program(arguments, here(), {"OPENBLAS_NUM_THREADS=4"}, [mebibytes] {
            const rlimit space{mebibytes << 20, mebibytes << 20}, seconds{kMostSeconds, kMostSeconds};
            setrlimit(RLIMIT_AS, &space);
            setrlimit(RLIMIT_CPU, &seconds);
        });
    }

    TemporaryFolder folder_;
};

const std::vector<std::string> kTraining{"--data",   "data",     "--layers", "64-16-64",  "--batch-size",
                                         "32",       "--engine", "cpu",      "--threads", "2",
                                         "--epochs", "1",        "--out",    "run",       "--force"};

TEST_F(LittleMemory, NeverHangs) {
    ASSERT_EQ(run_program(kTraining, here()).code, 0);
    int refused = 0, done = 0;
    for (rlim_t mebibytes = 128; mebibytes <= 512; mebibytes += 32)
        for (const auto& arguments : {kTraining, {"report", "run", "-o", "report.html"}}) {
            const Answer answer = run_in(mebibytes, arguments);
            (answer.code == 0 ? done : refused) += 1;
            if (answer.code == 0) continue;
            EXPECT_EQ(answer.code, 5) << arguments[0] << " in " << mebibytes << " MiB: " << answer.err;
            EXPECT_THAT(answer.err, HasSubstr("out of memory")) << mebibytes;
        }
    EXPECT_GT(refused, 0) << "the least is too little for OpenBLAS's buffers";
    EXPECT_GT(done, 0) << "the most is enough";
}

TEST_F(LittleMemory, InfoIsThereWithoutRoomForOpenBlas) {
    const Answer answer = run_in(100, {"info", "--json"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("\"blas\""));
}

}  // namespace
}  // namespace ae::test
