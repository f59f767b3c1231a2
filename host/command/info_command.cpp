// ae_cuda info: the version, the build and the devices.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ae/version.h"
#include "base/cpu_info.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/print_document.h"
#include "engine/blas.h"
#include "engine/gpu.h"
#include "engine/simd_level.h"

namespace ae {

int info_command(const Arguments& arguments) {
    bool json = false;
    CommandLine line("info", "Prints the version, the build and the devices.", "ae_cuda info --json");
    line.add_flag("--json", json, "One JSON document");
    if (!line.read(arguments)) return 0;

    const GpuReport gpu = gpu_report();
    const std::string why = why_no_gpu();
    if (json) {
        const nlohmann::ordered_json document = {{"version", kVersion},        {"commit", kCommit},
                                                 {"cuda", gpu.toolkit},        {"architectures", gpu.architectures},
                                                 {"devices", gpu.devices},     {"no_gpu", why},
                                                 {"cpu", cpu_model()},         {"processors", processors().text()},
                                                 {"simd", text(simd_level())}, {"blas", blas_description()}};
        print_document(document);
        return 0;
    }
    print("ae_cuda        {}\n", version_text());
    print("CUDA           {}\n", gpu.toolkit.empty() ? "not built in" : gpu.toolkit);
    if (!gpu.architectures.empty()) print("architectures  {}\n", gpu.architectures);
    for (const std::string& device : gpu.devices) print("GPU            {}\n", device);
    if (!why.empty()) print("GPU            none usable: {}\n", why);
    print("CPU            {}\n", cpu_model());
    print("processors     {}\n", processors().text());
    print("vectors        {}\n", text(simd_level()));
    print("BLAS           {}\n", blas_description());
    return 0;
}

}  // namespace ae
