#include "command/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ae/error.h"
#include "ae/version.h"

namespace ae {

namespace {

/// Levenshtein's distance: insertions, deletions and replacements that turn `a` into `b`.
std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row[b.size()];
}

/// "--epohcs" → "; did you mean --epochs?"
std::string suggestion(const CLI::App& app, const std::string& unknown) {
    std::string best;
    std::size_t best_distance = 3;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& long_name : option->get_lnames()) {
            const std::size_t distance = edit_distance(unknown, "--" + long_name);
            if (distance < best_distance) best = "--" + long_name, best_distance = distance;
        }
    }
    return best.empty() ? "" : fmt::format("; did you mean {}?", best);
}

std::string unknown_options(const CLI::App& app) {
    std::string text;
    for (const std::string& extra : app.remaining()) {
        const std::string name = extra.substr(0, extra.find('='));
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", extra, suggestion(app, name));
    }
    return text;
}

CLI::Validator number_validator(const std::string& wanted, std::function<bool(double)> holds) {
    const auto check = [wanted, holds](const std::string& text) -> std::string {
        double value = 0;
        if (!CLI::detail::lexical_cast(text, value)) return fmt::format("'{}' is not a number", text);
        return holds(value) ? "" : fmt::format("{} is not {}", text, wanted);
    };
    return CLI::Validator(check, "");
}

}  // namespace

CommandLine::CommandLine(const std::string& name, const std::string& description, const std::string& example)
    : CLI::App(description, "ae_cuda " + name) {
    footer("Example:\n  " + example);
    set_help_flag("-h,--help", "Print this help and exit");
    option_defaults()->always_capture_default();
    get_formatter()->column_width(34);
    allow_config_extras(CLI::config_extras_mode::error);
}

bool CommandLine::read(const Arguments& arguments) {
    try {
        Arguments reversed(arguments.rbegin(), arguments.rend());  // the order in which CLI11 wants a vector
        parse(std::move(reversed));
        return true;
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", help());
        return false;
    } catch (const CLI::ExtrasError&) {
        throw UsageError(fmt::format("{}: unknown: {}; --help lists the options", get_name(), unknown_options(*this)));
    } catch (const CLI::ConfigError& error) {
        throw UsageError(fmt::format("{}: configuration file: {}", get_name(), error.what()));
    } catch (const CLI::ParseError& error) {
        throw UsageError(fmt::format("{}: {}; --help lists the options", get_name(), error.what()));
    }
}

void DataArguments::add_to(CLI::App& app) {
    app.add_option("--data", options.source, "mnist, fashion-mnist, synthetic, or a folder with the four IDX files");
    app.add_option("--mirror", options.mirror, "Where to download from, a URL [$AE_MIRROR]")->envname("AE_MIRROR");
    app.add_flag("--no-download", no_download, "Never use the network");
}

Dataset DataArguments::load(ProgressMode mode, bool quiet) const {
    ProgressBar bar(mode);
    DatasetOptions all = options;
    all.download = !no_download;
    all.log = [&](const std::string& line) {
        bar.clear();
        if (!quiet) fmt::print(stderr, "data     {}\n", line);
    };
    all.progress = [&](const std::string& file, double done, double total) {
        bar.draw(file, total > 0 ? done / total : 0, fmt::format("{:.1f} MB", done / 1e6));
    };
    return load_dataset(all);
}

void EngineArguments::add_to(CLI::App& app) {
    app.add_option("--engine", engine, "auto, cpu, cublas, cublaslt or fused")
        ->check(CLI::IsMember({"auto", "cpu", "cublas", "cublaslt", "fused"}));
    app.add_option("--math", math, "fp32; tf32 or bf16: products of 10 or 7 bits of mantissa, on a GPU")
        ->check(CLI::IsMember({"fp32", "tf32", "bf16"}));
    app.add_option("--threads", threads, "CPU threads, 0: one per processor")->check(between(0, 1024));
    app.add_flag("--no-graph", no_graph, "Launch every kernel directly instead of replaying CUDA graphs");
    app.add_flag("--epoch-graph", epoch_graph, "Record whole epochs instead of steps, for long runs");
    app.add_flag("--no-autotune", no_autotune, "cublaslt takes the first algorithm proposed, times none, keeps none");
}

EngineOptions EngineArguments::options() const {
    const Math rounding = math == "tf32" ? Math::tf32 : math == "bf16" ? Math::bf16 : Math::fp32;
    return {
        .math = rounding, .graph = !no_graph, .epoch_graph = epoch_graph, .autotune = !no_autotune, .threads = threads};
}

CLI::Validator at_least(double bound) {
    return number_validator(fmt::format("{} or more", bound), [bound](double v) { return v >= bound; });
}
CLI::Validator above(double bound) {
    return number_validator(fmt::format("a number above {}", bound),
                            [bound](double v) { return v > bound && std::isfinite(v); });
}
CLI::Validator between(double low, double high) {
    return number_validator(fmt::format("in {}…{}", low, high), [=](double v) { return v >= low && v <= high; });
}

std::string version_text() {
    return fmt::format("{} (commit {})", kVersion, kCommit);
}

}  // namespace ae
