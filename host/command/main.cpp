// ae_cuda: finds the command, runs it, and turns errors into one line and an exit code.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include "ae/error.h"
#include "base/terminal.h"
#include "base/words.h"
#include "command/commands.h"
#include "command/process.h"

namespace {

struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(const ae::Arguments&);
};

constexpr std::array kCommands{
    Command{"train", "train the autoencoder (the default: `ae_cuda --epochs 10`)", ae::train_command},
    Command{"eval", "measure a model: BCE, MSE, PSNR, SSIM", ae::eval_command},
    Command{"reconstruct", "picture of digits and their reconstructions", ae::reconstruct_command},
    Command{"denoise", "remove noise; comparison with a median filter and a linear map", ae::denoise_command},
    Command{"encode", "codes of images, as a NumPy array", ae::encode_command},
    Command{"decode", "images of codes", ae::decode_command},
    Command{"compress", "images as quantised codes, in an .aez file", ae::compress_command},
    Command{"decompress", "images from an .aez file, all or some", ae::decompress_command},
    Command{"rd", "rate and distortion, compared with PCA, PNG and JPEG", ae::rd_command},
    Command{"report", "a run as one HTML page", ae::report_command},
    Command{"compare", "runs beside each other: a table, and a page with their curves", ae::compare_command},
    Command{"anomaly", "find images unlike the training images: fit, score, eval", ae::anomaly_command},
    Command{"probe", "accuracy of classifiers on codes, PCA and pixels", ae::probe_command},
    Command{"export", "a model for other programs: ONNX, safetensors, .npz", ae::export_command},
    Command{"import", "a model from another program's weights", ae::import_command},
    Command{"inspect", "describe a file: model, array, images, ONNX, …", ae::inspect_command},
    Command{"bench", "training speed of every engine", ae::bench_command},
    Command{"explain", "a step, part by part: shapes, costs, lower bounds, times", ae::explain_command},
    Command{"info", "version, CUDA, devices", ae::info_command},
};

void print_help() {
    ae::print(
        "ae_cuda {}: trains an autoencoder on MNIST, on a GPU or CPU, and uses it\n\nUsage: ae_cuda COMMAND "
        "[options]\n\n",
        ae::version_text());
    for (const Command& command : kCommands) ae::print("  {:<12}  {}\n", command.name, command.summary);
    ae::print("\nae_cuda COMMAND --help tells more. A first run: ae_cuda --epochs 10\n");
}

/// "trian" → "; did you mean train?"
std::string suggestion(const std::string& typed) {
    std::vector<std::string> names;
    for (const Command& command : kCommands) names.emplace_back(command.name);
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
    const auto command =
        std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& c) { return c.name == first; });
    if (command == kCommands.end())
        throw ae::UsageError(
            fmt::format("there is no command '{}'{}; ae_cuda --help lists them", first, suggestion(first)));
    return command->run({arguments.begin() + 1, arguments.end()});
}

int fail(ae::ExitCode code, std::string_view what) noexcept {
    try {
        ae::say_line("ae_cuda: " + ae::printable_lines(what));
    } catch (const std::bad_alloc&) {
        ae::say_line(what);
    }
    return static_cast<int>(code);
}

int fail(const ae::Error& error) noexcept {
    if (error.code() == ae::ExitCode::reader_gone) return static_cast<int>(error.code());  // `| head` wants no message
    return fail(error.code(), error.what());
}

}  // namespace

int main(int argc, char** argv) {
    ae::prepare_process();
    try {
        const int code = run({argv + std::min(argc, 1), argv + argc});
        ae::flush_results();
        return code;
    } catch (const ae::Error& error) {
        return fail(error);
    } catch (const std::bad_alloc&) {
        return fail(ae::ExitCode::memory, "out of memory");
    } catch (const std::exception& error) {
        return fail(ae::ExitCode::unexpected, fmt::format("unexpected: {}", error.what()));
    }
}
