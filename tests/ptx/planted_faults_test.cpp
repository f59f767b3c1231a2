// Faults planted in the PTX of the engine `fused`, of the kinds that a slip of the hand makes: each must be seen.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiled.h"
#include "device.h"
#include "error.h"
#include "fused_problem.h"

namespace ptx {
namespace {

using Edit = std::string (*)(std::string statement);

/// A statement of a kernel, and what becomes of it.
struct Fault {
    const char* name;
    const char* kernel;       ///< part of its mangled name
    const char* instruction;  ///< how the statement begins
    int which;                ///< of those, from 0; -1: the last
    Edit edit;
    int architecture = 80;

    friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }
};

std::string removed(std::string) {
    return "";
}
std::string not_transposed(std::string statement) {
    return statement.erase(statement.find(".trans"), 6);
}
/// "{d}, {a}, {x, y}, {c}" to "{d}, {a}, {y, x}, {c}".
std::string exchanged(std::string statement) {
    std::size_t open = 0;
    for (int list = 0; list < 3; ++list) open = statement.find('{', open + 1);
    const std::size_t comma = statement.find(',', open), close = statement.find('}', open);
    const std::string x = statement.substr(open + 1, comma - open - 1),
                      y = statement.substr(comma + 1, close - comma - 1);
    return statement.replace(open + 1, close - open - 1, y + "," + x);
}
/// "[%r1]" to "[%r1+8]", "[%r1+32]" to "[%r1+40]".
std::string eight_bytes_on(std::string statement) {
    const std::size_t close = statement.find(']'), plus = statement.find('+');
    if (plus > close) return statement.insert(close, "+8");
    const int offset = std::stoi(statement.substr(plus + 1)) + 8;
    return statement.replace(plus + 1, close - plus - 1, std::to_string(offset));
}
/// The text of the engine's PTX with the fault in it.
std::string with(const Fault& fault, const std::string& ptx) {
    std::size_t kernel = ptx.find(".entry");
    while (ptx.substr(kernel, ptx.find('(', kernel) - kernel).find(fault.kernel) == ptx.npos)
        kernel = ptx.find(".entry", kernel + 1);
    const std::size_t end = std::min(ptx.find(".entry", kernel + 1), ptx.size());
    std::vector<std::size_t> found;
    for (std::size_t at = kernel; (at = ptx.find(fault.instruction, at + 1)) < end;) found.push_back(at);
    const std::size_t first = fault.which < 0 ? found.back() : found.at(static_cast<std::size_t>(fault.which));
    const std::size_t semicolon = ptx.find(';', first);
    return ptx.substr(0, first) + fault.edit(ptx.substr(first, semicolon - first)) + ptx.substr(semicolon);
}

class PlantedFaultsOnPtx : public testing::TestWithParam<Fault> {};

/// What the interpreter says of a step, or how far its gradients are from the truth.
std::string seen(const std::string& ptx, int architecture) {
    load_code_for(architecture);
    const FusedProblem problem(32, 16);
    const ae::State start = problem.trained(0);
    std::vector<Module> modules;
    modules.push_back(read_module(ptx, "fused.ptx"));
    modules.push_back(read_module(compiled_text("verbs", architecture), "verbs.ptx"));  // the first weights
    Device device(modules);
    try {
        const ae::State found = problem.after("fused", start), truth = problem.after("truth", start);
        const double error = ae::test::relative_l2(found.m, truth.m);
        return error <= 2e-6 ? "" : "gradients are wrong by " + std::to_string(error);
    } catch (const Error& error) {
        return error.what();
    }
}

TEST(PlantedFaultsNoneOnPtx, AreSeenInTheKernelsAsTheyAre) {
    for (const int architecture : {80, 90}) EXPECT_EQ(seen(compiled_text("fused", architecture), architecture), "");
}

TEST_P(PlantedFaultsOnPtx, IsSeen) {
    const int architecture = GetParam().architecture;
    const std::string what = seen(with(GetParam(), compiled_text("fused", architecture)), architecture);
    std::printf("  %s\n", what.substr(0, what.find('\n')).c_str());
    EXPECT_NE(what, "");
}

std::string name_of(const testing::TestParamInfo<Fault>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, PlantedFaultsOnPtx,
    testing::Values(
        Fault{"first_without_transposition", "fused_first_kernelINS_8MnistNetELb0ELb1",
              "ldmatrix.sync.aligned.m8n8.x2.trans", 0, not_transposed},
        Fault{"forward_without_its_last_barrier", "fused_forward_kernelINS_8MnistNet", "bar.sync", -1, removed},
        Fault{"last_without_its_first_barrier", "fused_last_kernelINS_8MnistNet", "bar.sync", 0, removed},
        Fault{"last_with_registers_exchanged", "fused_last_kernelINS_8MnistNet", "mma.sync", 0, exchanged},
        Fault{"last_with_rows_moved", "fused_last_kernelINS_8MnistNet", "ldmatrix", 3, eight_bytes_on},
        Fault{"last_stores_elsewhere", "fused_last_kernelINS_8MnistNet", "st.global.v2.f32", 0, eight_bytes_on},
        Fault{"backward_without_its_last_barrier", "fused_backward_kernelINS_8MnistNet", "bar.sync", -1, removed},
        Fault{"first_without_waiting", "fused_first_kernelINS_8MnistNetELb0ELb1", "griddepcontrol.wait", 0, removed,
              90},
        Fault{"forward_without_waiting", "fused_forward_kernelINS_8MnistNet", "griddepcontrol.wait", 0, removed, 90},
        Fault{"last_without_waiting", "fused_last_kernelINS_8MnistNet", "griddepcontrol.wait", -1, removed, 90},
        Fault{"update_without_waiting", "fused_first_kernelINS_8MnistNetELb1ELb0", "griddepcontrol.wait", 0, removed,
              90}),
    name_of);

}  // namespace
}  // namespace ptx
