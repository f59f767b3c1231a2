// ae_cuda report: a run folder as one HTML page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "base/average.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "data/noisy_images.h"
#include "file/atomic_file.h"
#include "file/paths.h"
#include "show/report_page.h"
#include "train/run_folder.h"
#include "use/denoisers.h"

namespace ae {

namespace {

struct ReportArguments {
    std::string run, out;
    bool json = false;
    OwnDataArguments data;
    EngineArguments engine;
};

CodeCodec codec_of(Network& network) {
    return {"autoencoder", [&](std::span<const float> images) { return network.encode(images); },
            [&](std::span<const float> codes) { return network.decode(codes); }, 0};
}

double similarity(const RunReport& r, std::span<const float> images) {
    const ImageSize size = r.size();
    return ssim(r.originals, images, size.width, size.height, 0, size.channels).value_or(std::nan(""));
}

/// Test images with the noise that the model was trained on, restored by it and by a filter.
void denoise(RunReport& r, Network& network, const Noise& noise) {
    ThreadPool pool;
    std::vector<float> noisy = with_noise(r.originals, noise, r.size(), 0, pool);
    std::vector<float> median = median_3x3(noisy, r.size(), pool), restored = network.reconstruct(noisy);
    r.denoised = {{"noisy", std::move(noisy)}, {"median 3×3", std::move(median)}, {"model", std::move(restored)}};
    for (Restored& d : r.denoised) {
        d.psnr = psnr(mean_squared_error(d.images, r.originals));
        d.ssim = similarity(r, d.images);
    }
}

/// What numbers have not: a floor, a likeness to the eye, noise that was drawn on them, files of other codecs.
void measure_pictures(RunReport& r, Network& network, const Noise& noise) {
    r.floor = entropy_floor(r.data.test);
    r.ssim = similarity(r, r.reconstructions);
    if (noise.kind != NoiseKind::none) denoise(r, network, noise);
    r.rates = rate_of_codes({r.originals, r.size()}, codec_of(network));
}

RunReport measure(const ReportArguments& a) {
    const std::filesystem::path run = a.run;
    if (!is_folder(run)) throw UsageError(fmt::format("{}: is not a run folder of ae_cuda train", a.run));
    AppliedModel applied = apply_model(run, a.engine);
    RunReport r;
    r.run = a.run;
    Checkpoint checkpoint;
    if (is_file(run / "checkpoint.safetensors")) checkpoint = load_checkpoint(run / "checkpoint.safetensors");
    r.history = checkpoint.history;
    const OwnData own = a.data.load(applied.model, run);
    r.data = {own.name(), own.set().origin, {}, own.test(), own.set().sha256, own.set().label_names};
    const Images& images = r.data.test;
    r.originals = images.floats(0, images.count);
    r.reconstructions = applied.network->reconstruct(r.originals);
    r.codes = applied.network->encode(r.originals);
    r.scores = applied.network->score(r.originals);
    if (!images.are_numbers()) measure_pictures(r, *applied.network, applied.model.settings.noise);
    r.model = std::move(applied.model);
    return r;
}

void print_json(const RunReport& r, const std::filesystem::path& out) {
    const double mse = average(r.scores.mse);
    nlohmann::ordered_json document = {
        {"run", r.run}, {"output", out.string()}, {"data", r.data.name}, {"images", r.data.test.count}};
    if (r.has_bce()) document["bce"] = average(r.scores.bce);
    if (r.has_bce() && r.floor) document["floor"] = *r.floor;
    document["mse"] = mse;
    if (!r.are_numbers()) document["psnr"] = psnr(mse), document["ssim"] = r.ssim;
    document["epochs"] = r.history.size();
    print_document(document);
}

}  // namespace

int report_command(const Arguments& arguments) {
    ReportArguments a;
    CommandLine line("report", "A run as one HTML page: curves, pictures, codes, tables, settings.",
                     "ae_cuda report runs/first -o first.html");
    line.add_option("RUN", a.run, "A run folder").required();
    line.add_option("-o,--output", a.out, "The page (default: RUN/report.html)");
    line.add_flag("--json", a.json, "Its main figures as one JSON document");
    a.data.add_to(line);
    a.engine.add_to(line);
    if (!line.read(arguments)) return 0;
    const std::filesystem::path out =
        a.out.empty() ? std::filesystem::path(a.run) / "report.html" : std::filesystem::path(a.out);
    check_output(out, {".html", ".htm"}, ReadFiles().model(a.run).source(a.data.data.options.source));
    const RunReport report = measure(a);
    write_file(out, report_page(report));
    if (a.json) print_json(report, out);
    say("wrote {}", out.string());
    return 0;
}

}  // namespace ae
