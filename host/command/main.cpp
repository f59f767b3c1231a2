// ae_cuda: finds the command, runs it, and turns errors into one line and an exit code.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ae/error.h"
#include "base/terminal.h"
#include "base/words.h"
#include "command/commands.h"
#include "command/help_page.h"
#include "command/process.h"
#include "command/ranks.h"
#include "command/shared_network.h"
#include "train/progress.h"

namespace {

struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(const ae::Arguments&) = nullptr;
    int (*apply)(const ae::Arguments&, ae::Group*) = nullptr;  ///< of a command that applies a model, in place of `run`

    bool is_heading() const { return run == nullptr && apply == nullptr; }
};

constexpr std::array kCommands{
    Command{"", "Train"},
    Command{"train", "train the autoencoder (the default: `ae_cuda --epochs 10`)", ae::train_command},
    Command{"sweep", "models of many settings and seeds: which is best, by how much", ae::sweep_command},
    Command{"report", "a run as one HTML page", nullptr, ae::report_command},
    Command{"compare", "runs beside each other: a table, and a page with their curves", ae::compare_command},
    Command{"", "Look at a model"},
    Command{"eval", "measure a model: BCE, MSE, PSNR, SSIM", nullptr, ae::eval_command},
    Command{"reconstruct", "picture of images and their reconstructions", nullptr, ae::reconstruct_command},
    Command{"probe", "accuracy of classifiers on codes, PCA and pixels", nullptr, ae::probe_command},
    Command{"inspect", "describe a file: model, array, images, ONNX, …", ae::inspect_command},
    Command{"", "Use it"},
    Command{"denoise", "remove noise; comparison with a median filter and a linear map", nullptr, ae::denoise_command},
    Command{"anomaly", "find images unlike the training images: fit, score, eval", nullptr, ae::anomaly_command},
    Command{"encode", "codes of images, as a NumPy array", nullptr, ae::encode_command},
    Command{"decode", "images of codes", nullptr, ae::decode_command},
    Command{"compress", "images as quantised codes, in an .aez file", nullptr, ae::compress_command},
    Command{"decompress", "images from an .aez file, all or some", nullptr, ae::decompress_command},
    Command{"rd", "rate and distortion, compared with PCA, PNG and JPEG", nullptr, ae::rd_command},
    Command{"", "Other programs"},
    Command{"export", "a model for other programs: ONNX, safetensors, .npz", ae::export_command},
    Command{"import", "a model from another program's weights", ae::import_command},
    Command{"", "Speed"},
    Command{"bench", "training speed of every engine", ae::bench_command},
    Command{"explain", "a step, part by part: shapes, costs, lower bounds, times", ae::explain_command},
    Command{"info", "version, CUDA, devices", ae::info_command},
};

void print_help() {
    const int columns = ae::terminal_columns();
    std::string page = ae::wrapped(
        fmt::format("ae_cuda {}: trains an autoencoder, on a GPU or CPU, and uses it: MNIST, or images of your own",
                    ae::version_text()),
        columns, 0);
    page += "\n\nUsage: ae_cuda COMMAND [options]\n";
    for (const Command& command : kCommands)
        page += command.is_heading() ? fmt::format("\n{}\n", command.summary)
                                     : ae::command_entry(command.name, command.summary, columns);
    ae::print_text(page + "\n" +
                   ae::wrapped("ae_cuda COMMAND --help tells more. A first run: ae_cuda --epochs 10", columns, 0) +
                   "\n");
}

/// "trian" → "; did you mean train?"
std::string suggestion(const std::string& typed) {
    std::vector<std::string> names;
    for (const Command& command : kCommands)
        if (!command.is_heading()) names.emplace_back(command.name);
    const std::string best = ae::nearest_word(typed, names);
    return best.empty() ? "" : fmt::format("; did you mean {}?", best);
}

int run(const ae::Arguments& arguments) {
    const std::string first = arguments.empty() ? "--help" : arguments.front();
    const auto version = std::find(arguments.begin(), arguments.end(), "--version");
    if (version != arguments.end()) {
        ae::print("ae_cuda {}\n", ae::version_text());
        return 0;
    }
    if (first == "--help" || first == "-h" || first == "help") {
        print_help();
        return 0;
    }
    if (first.starts_with("-")) return ae::train_command(arguments);
    const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                      [&](const Command& c) { return !c.is_heading() && c.name == first; });
    if (command == kCommands.end())
        throw ae::UsageError(
            fmt::format("there is no command '{}'{}; ae_cuda --help lists them", first, suggestion(first)));
    const ae::Arguments others{arguments.begin() + 1, arguments.end()};
    if (command->apply) return ae::run_applied(command->name, others, command->apply);
    if (command->run != ae::train_command && command->run != ae::sweep_command) ae::require_one_process(command->name);
    return command->run(others);
}

}  // namespace

int main(int argc, char** argv) {
    ae::prepare_process();
    try {
        const int code = run({argv + std::min(argc, 1), argv + argc});
        ae::flush_results();
        return code;
    } catch (...) {
        return ae::say_failure();
    }
}
