// ae_cuda report: a run folder as one HTML page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "base/average.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "data/noisy_images.h"
#include "data/pixel_entropy.h"
#include "file/atomic_file.h"
#include "file/paths.h"
#include "show/report_page.h"
#include "train/busy_line.h"
#include "train/run_folder.h"
#include "use/denoisers.h"

namespace ae {

namespace {

/// The values of all images on the page, whose figures need several such arrays of floats.
constexpr std::size_t kMostValues = std::size_t(1) << 24;

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
    PixelEntropy entropy;
    entropy.add(r.originals);
    r.floor = entropy.mean();
    r.ssim = similarity(r, r.reconstructions);
    if (noise.kind != NoiseKind::none) denoise(r, network, noise);
    const MatrixRows rows(as_rows(std::as_const(r.originals), static_cast<int>(r.size().values())));
    r.rates = rate_of_codes({rows, r.size()}, codec_of(network));
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
    const OwnData own = a.data.open(applied.model, run);
    const OwnData::Stream images =
        first_images(own.test, std::max(1, static_cast<int>(kMostValues / static_cast<std::size_t>(own.test->cols()))));
    const BusyLine busy(ProgressMode::automatic, "measuring", silence());
    r.data = {own.name(), images->facts(), own.test->rows(), own.set.label_names};
    r.originals = images->read(0, images->rows());
    r.reconstructions = applied.network->reconstruct(r.originals);
    r.codes = applied.network->encode(r.originals);
    r.scores = applied.network->score(r.originals);
    if (!r.are_numbers()) measure_pictures(r, *applied.network, applied.model.settings.noise);
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

int report_command(const Arguments& arguments, Group* ranks) {
    ReportArguments a;
    a.engine.group = ranks;
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
