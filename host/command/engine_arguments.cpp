#include "command/engine_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ae/group.h"
#include "command/help_page.h"
#include "engine/engine_list.h"

namespace ae {

void EngineArguments::add_to(CommandLine& line) {
    line.group(kAdvanced);
    std::vector<std::string> names = engine_names();
    names.insert(names.begin(), "auto");
    line.add_option("--engine", engine, fmt::format("One of {}", fmt::join(names, ", "))).check(one_of(names));
    line.add_option(
            "--math", math,
            "fp32; tf32 or bf16 round the inputs of matrix products to 10 or 7 bits of mantissa (cpu: imitated)")
        .check(one_of({"fp32", "tf32", "bf16"}));
    line.add_option("--threads", threads, "CPU threads, 0: one per processor").check(between(0, 1024));
    line.add_flag("--no-graph", no_graph, "Launch every kernel directly instead of replaying CUDA graphs");
    line.add_flag("--epoch-graph", epoch_graph,
                  "Capture whole epochs as CUDA graphs instead of steps, for long runs on a GPU");
    line.add_flag("--no-autotune", no_autotune, "cublaslt: take the first algorithm proposed; time none, store none");
    line.group("");
}

EngineOptions EngineArguments::options() const {
    const Precision rounding = math == "tf32" ? Precision::tf32 : math == "bf16" ? Precision::bf16 : Precision::fp32;
    return {.math = rounding,
            .graph = !no_graph,
            .epoch_graph = epoch_graph,
            .autotune = !no_autotune,
            .threads = threads,
            .group = group};
}

int EngineArguments::rank() const {
    return group ? group->rank() : 0;
}

int fitting_batch(const CommandLine& line, int batch_size, int images) {
    return line.given("--batch-size") ? batch_size : std::min(batch_size, images);
}

}  // namespace ae
