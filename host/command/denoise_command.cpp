// ae_cuda denoise: noisy images restored by a model, compared with a median filter and the best linear map.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "ae/error.h"
#include "ae/metrics.h"
#include "ae/noise.h"
#include "base/average.h"
#include "base/row_source.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "data/image_output.h"
#include "data/noisy_images.h"
#include "file/paths.h"
#include "model/model_images.h"
#include "show/result_pictures.h"
#include "use/denoisers.h"

namespace ae {

namespace {

constexpr double kRidge = 1e-4;

struct DenoiseArguments {
    std::string model, input, out, add_noise = "none";
    bool report = false, json = false, invert = false;
    int count = 10;
};

/// The measures of a denoiser.
struct Result {
    std::string name;
    SquaredErrorSum error = {};
    std::vector<double> similarities = {};  ///< none for images smaller than SSIM's window

    void add(std::span<const float> images, std::span<const float> clean, ImageSize size) {
        error.add(images, clean);
        const auto each = ssim_of_images(clean, images, size.width, size.height, 0, size.channels);
        similarities.insert(similarities.end(), each.begin(), each.end());
    }
    double psnr() const { return ae::psnr(error.mean()); }
    double ssim() const { return similarities.empty() ? std::nan("") : average(similarities); }
};

/// Noisy training images and the clean ones beside them, for one thread.
class NoisyPairs final : public RowSource {
public:
    NoisyPairs(const ImageStream& clean, const Noise& noise, ThreadPool& pool)
        : clean_(clean), noise_(noise), pool_(pool) {}

    int rows() const override { return clean_.rows(); }
    int cols() const override { return 2 * clean_.cols(); }
    std::vector<float> read(int first, int n) const override {
        const std::vector<float> clean = clean_.read(first, n);
        const std::vector<float> noisy = with_noise(clean, noise_, clean_.facts().size, 1, pool_, first);
        return side_by_side(as_rows(noisy, clean_.cols()), as_rows(clean, clean_.cols()));
    }

private:
    const ImageStream& clean_;
    const Noise& noise_;
    ThreadPool& pool_;
};

RidgeDenoiser linear_map(const ImageStream& training, const Noise& noise, ThreadPool& pool) {
    return watched(NoisyPairs(training, noise, pool), "linear map", 2,
                   [&](const RowSource& pairs) { return RidgeDenoiser(pairs, kRidge, pool); });
}

/// The denoisers, compared on the same images, chunk by chunk.
class Comparison {
public:
    /// The best linear map is learnt from training images with the same noise.
    Comparison(const ImageStream& training, const Noise& noise, ThreadPool& pool)
        : pool_(pool), ridge_(linear_map(training, noise, pool)) {}

    void add(std::span<const float> noisy, std::span<const float> restored, std::span<const float> clean,
             ImageSize size) {
        results_[0].add(noisy, clean, size);
        results_[1].add(median_3x3(noisy, size, pool_), clean, size);
        results_[2].add(ridge_.restore(as_rows(noisy, static_cast<int>(size.values())), pool_), clean, size);
        results_[3].add(restored, clean, size);
    }
    std::span<const Result> results() const { return results_; }

private:
    ThreadPool& pool_;
    RidgeDenoiser ridge_;
    std::array<Result, 4> results_{{{"noisy"}, {"median 3x3"}, {"ridge"}, {"model"}}};
};

void print_report(std::span<const Result> results, bool json) {
    if (!json) {
        print("{:<14} {:>8} {:>7}\n", "", "PSNR", "SSIM");
        for (const Result& r : results) {
            const std::string shown = std::isnan(r.ssim()) ? "-" : fmt::format("{:.3f}", r.ssim());
            print("{:<14} {:>5.2f} dB {:>7}\n", r.name, r.psnr(), shown);
        }
        return;
    }
    nlohmann::ordered_json document;
    for (const Result& r : results) document[r.name] = {{"psnr", r.psnr()}, {"ssim", r.ssim()}};
    print_document(document);
}

/// What -o asks for: all restored images as an array, or a picture of the first ones.
class Output {
public:
    Output(const DenoiseArguments& a, const ImageFacts& images) : path_(a.out), size_(images.size) {
        if (a.out.empty()) return;
        if (is_standard_output(a.out) || ending_of(a.out) == ".npy")
            array_.emplace(a.out, static_cast<std::uint64_t>(images.count), images.size);
        else
            missing_ = static_cast<std::size_t>(a.count) * images.size.values();
    }

    void add(std::span<const float> noisy, std::span<const float> restored, std::span<const float> clean) {
        if (array_) array_->write(restored);
        const std::size_t taken = std::min(missing_, noisy.size());
        missing_ -= taken;
        const auto keep = [&](std::vector<float>& to, std::span<const float> from) {
            const auto part = from.first(std::min(taken, from.size()));
            to.insert(to.end(), part.begin(), part.end());
        };
        keep(noisy_, noisy), keep(restored_, restored), keep(clean_, clean);
    }

    void finish(ThreadPool& pool) {
        if (path_.empty()) return;
        if (array_)
            array_->commit();
        else
            write_png(path_, denoised_picture({noisy_, median_3x3(noisy_, size_, pool), restored_, clean_}, size_));
        say("wrote {}", shown_output(path_));
    }

private:
    std::string path_;
    ImageSize size_;
    std::optional<ImageWriter> array_;
    std::size_t missing_ = 0;  ///< values that the picture still takes
    std::vector<float> noisy_, restored_, clean_;
};

int run(const DenoiseArguments& a, const OwnDataArguments& data, const EngineArguments& engine) {
    const Noise noise = Noise::parse(a.add_noise);
    const bool adds = noise.kind != NoiseKind::none, reports = a.report || a.json;
    if (a.out.empty() && !reports) throw UsageError("denoise: name an output with -o, or ask for --report");
    if (reports && !adds)
        throw UsageError(
            "denoise: a report compares with clean images; add noise to some with --add-noise gaussian:0.3");
    const AppliedModel applied = apply_model(a.model, engine);
    if (takes_numbers(applied.model)) refuse_numbers(applied.model, "denoise");
    const ImageStreamPtr input = open_input({a.input, a.invert, data.data.options, true}, data.data.reading,
                                            data.data.no_download, applied.model);
    const ImageSize size = input->facts().size;
    ThreadPool pool(engine.threads);
    std::optional<Comparison> comparison;
    if (reports) comparison.emplace(*data.open(applied.model, a.model).trained_on, noise, pool);
    Output output(a, input->facts());
    for_chunks(*input, "denoise", [&](int first, std::span<const float> pixels) {
        const std::vector<float> corrupted =
            adds ? with_noise(pixels, noise, size, 0, pool, first) : std::vector<float>();
        const std::span<const float> noisy = adds ? corrupted : pixels;
        const std::vector<float> restored = applied.network->reconstruct(noisy);
        output.add(noisy, restored, adds ? pixels : std::span<const float>());
        if (comparison) comparison->add(noisy, restored, pixels, size);
    });
    output.finish(pool);
    if (comparison) print_report(comparison->results(), a.json);
    return 0;
}

}  // namespace

int denoise_command(const Arguments& arguments, Group* ranks) {
    DenoiseArguments a;
    OwnDataArguments data;
    EngineArguments engine{.group = ranks};
    CommandLine line("denoise", "Removes noise with a model that was trained for it (--preset denoise, or --noise).",
                     "ae_cuda denoise runs/denoise mnist --add-noise gaussian:0.3 -o denoised.png");
    line.add_option("MODEL", a.model, "A model.safetensors or a run folder").required();
    line.add_option(
            "INPUT", a.input,
            "IDX, .npy, .npz, CSV, PNG, JPEG, a folder of pictures, or a data set's name; -: the standard input")
        .required();
    line.add_option("-o,--output", a.out,
                    "A .png: noisy, by a median filter, by the model, and clean; or a .npy: all restored "
                    "images; -: .npy on stdout");
    line.add_option("--add-noise", a.add_noise, "Add noise to clean images first: gaussian:S, saltpepper:P, …");
    line.add_flag("--report", a.report, "Compare PSNR and SSIM with a median filter and a linear map");
    line.add_flag("--json", a.json, "The report as one JSON document");
    line.add_flag("--invert", a.invert, "The input is dark on light");
    line.add_option("--count", a.count, "Images in the picture").check(between(1, 1000));
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_apart(a.json ? "--json" : a.report ? "--report" : "", a.out, "images");
    if (!a.out.empty())
        check_binary_output(a.out, {".png", ".npy"},
                            ReadFiles().model(a.model).source(a.input).source(data.data.options.source));
    return run(a, data, engine);
}

}  // namespace ae
