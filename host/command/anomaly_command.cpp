// ae_cuda anomaly: dispatches to its three commands.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/help_page.h"
#include "train/progress.h"

namespace ae {

namespace {

struct Part {
    std::string_view name, summary;
    int (*run)(const Arguments&, Group*);
};

/// Trains its models, each by one process.
int eval_alone(const Arguments& arguments, Group* ranks) {
    if (ranks) throw UsageError("anomaly eval: trains in one process; start it without the launcher");
    return anomaly_eval_command(arguments);
}

constexpr std::array kParts{
    Part{"fit", "give a model thresholds for a false-alarm rate, from normal images", anomaly_fit_command},
    Part{"score", "score, p-value and verdict of every image; error maps", anomaly_score_command},
    Part{"eval", "train and judge on a labelled set: AUROC, AUPRC, FPR at 95 % TPR", eval_alone},
};

void print_help() {
    const int columns = terminal_columns();
    std::string page = wrapped("Finds images that are unlike those a model was trained on.", columns, 0) +
                       "\n\nUsage: ae_cuda anomaly COMMAND [options]\n\n";
    for (const Part& part : kParts) page += command_entry(part.name, part.summary, columns);
    print_text(page + "\n" + wrapped("ae_cuda anomaly COMMAND --help tells more.", columns, 0) +
               "\n\nExample:\n  ae_cuda anomaly fit runs/guard -o guard.safetensors\n"
               "  ae_cuda anomaly score guard.safetensors my/pictures\n");
}

}  // namespace

int anomaly_command(const Arguments& arguments, Group* ranks) {
    const std::string first = arguments.empty() ? "" : arguments.front();
    if (first == "--help" || first == "-h") {
        print_help();
        return 0;
    }
    const auto part = std::ranges::find_if(kParts, [&](const Part& p) { return p.name == first; });
    if (part == kParts.end())
        throw UsageError(fmt::format("anomaly: {}; it is one of fit, score and eval",
                                     first.empty() ? "name a command" : "there is no command '" + first + "'"));
    return part->run({arguments.begin() + 1, arguments.end()}, ranks);
}

}  // namespace ae
