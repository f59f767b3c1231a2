// ae_cuda rd: rate and distortion of a model, PCA, PNG and JPEG.
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/own_data.h"
#include "command/print_document.h"
#include "data/known_set.h"
#include "use/pca.h"
#include "use/rate_distortion.h"

namespace ae {
namespace {

constexpr int kJpegQualities[] = {5, 10, 20, 50};

Matrix<const float> rows(std::span<const float> values, int columns) {
    return {values.data(), static_cast<int>(values.size() / static_cast<std::size_t>(columns)), columns};
}

CodeCodec autoencoder(AppliedModel& applied) {
    const Shape& shape = applied.model.settings.shape;
    const auto first = static_cast<std::size_t>(shape.encoder_layers());
    Network& network = *applied.network;
    return {"autoencoder", [&](std::span<const float> images) { return network.encode(images); },
            [&](std::span<const float> codes) { return network.decode(codes); },
            sizeof(float) * (shape.parameters() - shape.layers()[first].weight)};
}

CodeCodec pca_codec(const Pca& pca, ThreadPool& pool) {
    return {fmt::format("PCA-{}", pca.components()),
            [&](std::span<const float> images) { return pca.project(rows(images, pca.pixels()), pool); },
            [&](std::span<const float> codes) { return pca.reconstruct(rows(codes, pca.components()), pool); },
            sizeof(float) * (pca.basis().size() + pca.mean().size())};
}

/// PCA is fitted on a data set's training images; for a person's own images, on these images themselves.
std::string pca_source(const std::string& input) {
    return is_set_name(input) ? input + ":train" : input;
}

/// The images to measure, and those that PCA is fitted on.
struct Input {
    OwnData::Stream images, training;
    std::string name, training_name;
};

/// INPUT, or the model's own data where there is none.
Input open(const InputArguments& input, const AppliedModel& applied, const std::string& path) {
    const std::string& name = input.source.name;
    if (!name.empty()) {
        const OwnData::Stream images = input.open(applied.model);
        const OwnData::Stream training =
            pca_source(name) == name ? images : input.open(applied.model, pca_source(name));
        return {images, training, images->facts().origin, training->facts().origin};
    }
    OwnDataArguments arguments;
    arguments.data.options.mirror = input.source.data.mirror;
    arguments.data.no_download = input.no_download;
    const OwnData own = arguments.open(applied.model, path);
    return {own.test, own.trained_on, own.name() + " (test images)", own.name() + " (training images)"};
}

std::vector<RatePoint> measure(AppliedModel& applied, const Pca& pca, ThreadPool& pool, const Originals& originals) {
    std::vector<RatePoint> points = rate_of_codes(originals, autoencoder(applied));
    for (const RatePoint& point : rate_of_codes(originals, pca_codec(pca, pool))) points.push_back(point);
    points.push_back(rate_of_png(originals));
    for (const int quality : kJpegQualities) points.push_back(rate_of_jpeg(originals, quality));
    return points;
}

std::vector<RatePoint> measure(AppliedModel& applied, const Input& input) {
    constexpr int kReads = 2 * Originals::kReads + 1 + static_cast<int>(std::size(kJpegQualities));
    const Shape& shape = applied.model.settings.shape;
    ThreadPool pool;
    const int components = std::min(shape.code_size(), shape.pixels());
    const Pca pca =
        watched(*input.training, "PCA", 2, [&](const RowSource& rows) { return Pca(rows, components, pool); });
    return watched(*input.images, "rate", kReads, [&](const RowSource& rows) {
        return measure(applied, pca, pool, {rows, input.images->facts().size});
    });
}

void print_table(const std::vector<RatePoint>& points, std::size_t pixels) {
    print("{:<12} {:<11} {:>9} {:>7} {:>11} {:>8} {:>7} {:>10} {:>10}\n", "codec", "setting", "B/image", "bpp",
          "+ decoder", "PSNR dB", "SSIM", "enc img/s", "dec img/s");
    for (const RatePoint& p : points)
        print("{:<12} {:<11} {:>9.2f} {:>7.3f} {:>11.2f} {:>8.2f} {:>7.4f} {:>10} {:>10}\n", p.codec, p.setting,
              p.bytes, 8 * p.bytes / static_cast<double>(pixels), p.bytes_with_decoder, p.psnr, p.ssim,
              count_text(p.encoded_per_s), count_text(p.decoded_per_s));
}

nlohmann::ordered_json to_json(const RatePoint& p, std::size_t pixels) {
    return {{"codec", p.codec},
            {"setting", p.setting},
            {"bytes_per_image", p.bytes},
            {"bits_per_pixel", 8 * p.bytes / static_cast<double>(pixels)},
            {"bytes_per_image_with_decoder", p.bytes_with_decoder},
            {"psnr", p.psnr},
            {"ssim", p.ssim},
            {"encoded_images_per_s", p.encoded_per_s},
            {"decoded_images_per_s", p.decoded_per_s}};
}

}  // namespace

int rd_command(const Arguments& arguments, Group* ranks) {
    std::string path;
    bool json = false;
    InputArguments input;
    EngineArguments engine{.group = ranks};
    CommandLine line(
        "rd", "Rate and distortion of the model's compression, from 1 to 8 bits, compared with PCA, PNG and JPEG.",
        "ae_cuda rd runs/first");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    input.add_to(line, false);
    line.add_flag("--json", json, "One JSON document");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;

    AppliedModel applied = apply_model(path, engine);
    refuse_numbers(applied.model, "rd");
    const Input images = open(input, applied, path);
    const std::vector<RatePoint> points = measure(applied, images);
    const auto pixels = static_cast<std::size_t>(applied.model.settings.shape.pixels());
    if (!json) {
        print_table(points, pixels);
        return 0;
    }
    nlohmann::ordered_json document = {{"model", path},
                                       {"input", images.name},
                                       {"images", images.images->rows()},
                                       {"pca_fitted_on", images.training_name},
                                       {"engine", applied.network->name()}};
    for (const RatePoint& point : points) document["points"].push_back(to_json(point, pixels));
    print_document(document);
    return 0;
}

}  // namespace ae
