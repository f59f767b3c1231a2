// ae_cuda denoise: noisy images restored by a model, compared with a median filter and the best linear map.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "ae/metrics.h"
#include "ae/noise.h"
#include "base/rows.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "data/image_input.h"
#include "data/image_output.h"
#include "data/noisy_images.h"
#include "file/atomic_file.h"
#include "file/npy.h"
#include "file/paths.h"
#include "use/compression.h"
#include "use/denoisers.h"

namespace ae {

namespace {

constexpr double kRidge = 1e-4;

struct DenoiseArguments {
    std::string model, input, out, add_noise = "none";
    bool report = false, json = false, invert = false;
    int count = 10;
};

/// A denoiser and its results.
struct Result {
    std::string name;
    std::vector<float> images;
    double psnr = 0;
    double ssim = 0;  ///< NaN for images smaller than its window
};

void measure(Result& result, std::span<const float> clean, ImageSize size) {
    result.psnr = psnr(mean_squared_error(result.images, clean));
    result.ssim = ssim(clean, result.images, size.width, size.height, 0, size.channels).value_or(std::nan(""));
}

/// The best linear map is learnt from training images with the same noise.
std::vector<float> ridge_restored(const Images& training, const Noise& noise, std::span<const float> noisy,
                                  ImageSize size, ThreadPool& pool) {
    const std::vector<float> clean = training.floats(0, training.count);
    const std::vector<float> corrupted = with_noise(clean, noise, size, 1, pool);
    const auto pixels = static_cast<int>(size.values());
    const RidgeDenoiser ridge(as_rows(corrupted, pixels), as_rows(clean, pixels), kRidge, pool);
    return ridge.restore(as_rows(noisy, pixels), pool);
}

void print_report(const std::vector<Result>& results, bool json) {
    if (!json) {
        print("{:<14} {:>8} {:>7}\n", "", "PSNR", "SSIM");
        for (const Result& r : results) {
            const std::string shown = std::isnan(r.ssim) ? "-" : fmt::format("{:.3f}", r.ssim);
            print("{:<14} {:>5.2f} dB {:>7}\n", r.name, r.psnr, shown);
        }
        return;
    }
    nlohmann::ordered_json document;
    for (const Result& r : results) document[r.name] = {{"psnr", r.psnr}, {"ssim", r.ssim}};
    print_document(document);
}

/// A picture of the first images, row by row, or all restored ones as an array.
void write_result(const DenoiseArguments& a, const std::vector<std::vector<float>>& rows, ImageSize size) {
    if (ending_of(a.out) == ".npy") {
        const std::vector<float>& restored = rows[1];
        write_file(a.out, serialize_npy(restored, shape_of(restored.size() / size.values(), size)));
    } else {
        std::vector<std::vector<float>> shown;
        for (const std::vector<float>& row : rows) {
            const std::size_t pixels = size.values();
            shown.emplace_back(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                              row.size(), static_cast<std::size_t>(a.count) * pixels)));
        }
        write_png(a.out, digit_grid(shown, size));
    }
    say("wrote {}", a.out);
}

int run(const DenoiseArguments& a, const OwnDataArguments& data, const EngineArguments& engine) {
    const Noise noise = Noise::parse(a.add_noise);
    if (a.out.empty() && !a.report && !a.json) throw UsageError("denoise: name an output with -o, or ask for --report");
    if ((a.report || a.json) && noise.kind == NoiseKind::none)
        throw UsageError(
            "denoise: a report compares with clean images; add noise to some with --add-noise gaussian:0.3");
    const AppliedModel applied = apply_model(a.model, engine);
    if (takes_numbers(applied.model)) refuse_numbers(applied.model, "denoise");
    const InputImages input = load_input({a.input, a.invert, data.data.options, true}, data.data.reading,
                                         data.data.no_download, applied.model);
    const ImageSize size = input.size();
    ThreadPool pool(engine.threads);

    const bool adds = noise.kind != NoiseKind::none;
    const std::vector<float> noisy = adds ? with_noise(input.pixels, noise, size, 0, pool) : input.pixels;
    const std::vector<float> restored = applied.network->reconstruct(noisy);
    std::vector<std::vector<float>> rows{noisy, restored};
    if (adds) rows.push_back(input.pixels);
    if (!a.out.empty()) write_result(a, rows, size);
    if (!a.report && !a.json) return 0;

    const OwnData own = data.load(applied.model, a.model);
    std::vector<Result> results{{"noisy", noisy},
                                {"median 3x3", median_3x3(noisy, size, pool)},
                                {"ridge", ridge_restored(own.trained_on(), noise, noisy, size, pool)},
                                {"model", restored}};
    for (Result& result : results) measure(result, input.pixels, size);
    print_report(results, a.json);
    return 0;
}

}  // namespace

int denoise_command(const Arguments& arguments) {
    DenoiseArguments a;
    OwnDataArguments data;
    EngineArguments engine;
    CommandLine line("denoise", "Removes noise with a model that was trained for it (--preset denoise, or --noise).",
                     "ae_cuda denoise runs/denoise mnist --add-noise gaussian:0.3 --report -o denoised.png");
    line.add_option("MODEL", a.model, "A model.safetensors or a run folder").required();
    line.add_option("INPUT", a.input, "IDX, .npy, .npz, CSV, PNG, JPEG, a folder of pictures, or a data set's name")
        .required();
    line.add_option("-o,--output", a.out, "A .png: noisy, restored and clean; or a .npy: all restored images");
    line.add_option("--add-noise", a.add_noise, "Add noise to clean images first: gaussian:S, saltpepper:P, …");
    line.add_flag("--report", a.report, "Compare PSNR and SSIM with a median filter and a linear map");
    line.add_flag("--json", a.json, "The report as one JSON document");
    line.add_flag("--invert", a.invert, "The input is dark on light");
    line.add_option("--count", a.count, "Images in the picture").check(between(1, 1000));
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    if (!a.out.empty())
        check_output(a.out, {".png", ".npy"},
                     ReadFiles().model(a.model).source(a.input).source(data.data.options.source));
    return run(a, data, engine);
}

}  // namespace ae
