// ae_cuda compare: runs beside each other, as a table and as a page with their curves.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "base/facts.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "file/atomic_file.h"
#include "file/paths.h"
#include "model/settings_fields.h"
#include "show/document_text.h"
#include "show/run_comparison.h"

namespace ae {

namespace {

ComparedRun read_run(const std::string& folder) {
    if (!is_folder(folder)) throw UsageError(fmt::format("{}: is not a run folder of ae_cuda train", folder));
    const Checkpoint checkpoint = load_checkpoint(std::filesystem::path(folder) / "checkpoint.safetensors");
    if (checkpoint.history.empty())
        throw ModelError(fmt::format("{}: has not finished an epoch; there is nothing to compare", folder));
    ComparedRun run{folder, {}, checkpoint.history};
    const auto fact = [&](const char* name, const char* key, const char* otherwise) {
        run.settings.emplace_back(name, fact_of(checkpoint.metadata, key, otherwise));
    };
    fact("data", "data", "unknown"), fact("labels", "digits", "all"), fact("without labels", "exclude", "none");
    fact("validation", "val", "test"), fact("engine", "engine", "unknown"), fact("math", "math", "unknown");
    fact("device", "device", "unknown");
    for_each_setting([&](const SettingName& name, auto get) {
        run.settings.emplace_back(name.words, fmt::format("{}", file_value(get(checkpoint.settings))));
    });
    return run;
}

}  // namespace

int compare_command(const Arguments& arguments) {
    std::vector<std::string> folders;
    std::string out;
    bool json = false;
    CommandLine line("compare", "Runs beside each other: what they reached, and where their settings differ.",
                     "ae_cuda compare runs/first runs/best -o compared.html");
    line.add_option("RUN", folders, "Run folders").required();
    line.add_option("-o,--output", out, "A page with the curves over each other, .html");
    line.add_flag("--json", json, "One JSON document");
    if (!line.read(arguments)) return 0;

    ReadFiles read;
    for (const std::string& folder : folders) read.model(folder);
    if (!out.empty()) check_output(out, {".html", ".htm"}, read);
    std::vector<ComparedRun> runs;
    std::ranges::transform(folders, std::back_inserter(runs), read_run);
    if (json)
        print_document(comparison_json(runs));
    else
        print_text(aligned(comparison_table(runs)));
    if (!out.empty()) {
        write_file(out, comparison_page(runs));
        say("wrote {}", out);
    }
    return 0;
}

}  // namespace ae
