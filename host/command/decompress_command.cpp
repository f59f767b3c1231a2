// ae_cuda decompress: images unpacked from an .aez file.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "ae/error.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "data/image_output.h"
#include "model/model_images.h"
#include "use/compression.h"

namespace ae {
namespace {

struct Range {
    std::size_t first = 0, count = 0;
};

bool read_number(std::string_view text, std::size_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

/// "A:B": images A … B−1.
Range parse_range(const std::string& text, std::size_t images) {
    std::size_t begin = 0, end = 0;
    const std::size_t colon = text.find(':');
    const bool numbers = colon != std::string::npos && read_number(std::string_view(text).substr(0, colon), begin) &&
                         read_number(std::string_view(text).substr(colon + 1), end);
    if (!numbers || begin >= end || end > images)
        throw UsageError(
            fmt::format("--range {}: A:B with 0 ≤ A < B ≤ {} was expected, the number of images", text, images));
    return {begin, end - begin};
}

Range choose(std::optional<std::size_t> index, const std::string& range, std::size_t images) {
    if (index && *index >= images)
        throw UsageError(fmt::format("--index {}: the file holds {} images, 0…{}", *index, images, images - 1));
    if (index) return {*index, 1};
    return range.empty() ? Range{0, images} : parse_range(range, images);
}

void check_decoder(const Aez& aez, const std::string& in, const Model& model, const std::string& path) {
    const std::string hash = decoder_sha256(model.settings, model.parameters);
    if (hash != aez.info().decoder_sha256)
        throw ModelError(
            fmt::format("{}: was compressed with another model (decoder {:.16}…) than {} (decoder {:.16}…)", in,
                        aez.info().decoder_sha256, path, hash));
    if (aez.info().height * aez.info().width != model.settings.shape.pixels() ||
        aez.info().quantizer.dimensions() != static_cast<std::size_t>(model.settings.shape.code_size()))
        throw DataError(fmt::format("{}: its sizes are not those of its own decoder: damaged", in));
}

}  // namespace

int decompress_command(const Arguments& arguments, Group* ranks) {
    std::string path, in, out, range;
    std::optional<std::size_t> index;
    bool json = false;
    EngineArguments engine{.group = ranks};
    CommandLine line("decompress", "Unpacks a file written by `ae_cuda compress`, whole or in part.",
                     "ae_cuda decompress digits.aez --model runs/first -o images.npy");
    line.add_option("FILE", in, "The compressed file, .aez").required();
    line.add_option("--model", path, "The model.safetensors or run folder that it was compressed with").required();
    line.add_option("-o,--output", out, "The images: .npy, or .png for a picture; -: .npy on stdout").required();
    const Option one = line.add_option("--index", index, "Only this image, counted from 0");
    line.add_option("--range", range, "A:B, only images A … B−1").excludes(one);
    line.add_flag("--json", json, "One JSON document about it");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_apart(json ? "--json" : "", out, "images");
    check_binary_output(out, {".npy", ".png"}, ReadFiles().model(path).file(in));

    const Aez aez = read_aez(in);
    const AezInfo& info = aez.info();
    const Range wanted = choose(index, range, static_cast<std::size_t>(info.images));
    const AppliedModel applied = apply_model(path, engine);
    check_decoder(aez, in, applied.model, path);
    const Stopwatch watch;
    const auto decode = [&](std::span<const float> codes) { return applied.network->decode(codes); };
    const std::optional<ImageSize> known = image_size(applied.model);
    const ImageSize size = known && known->channels > 1 ? *known : ImageSize{info.width, info.height};
    ImageWriter images(out, wanted.count, size);
    ProgressBar bar(ProgressMode::automatic, silence());
    std::size_t done = 0;
    decompress_blocks(aez, decode, wanted.first, wanted.count, [&](std::span<const float> block) {
        images.write(block);
        done += block.size() / size.values();
        bar.draw("decompress", static_cast<double>(done) / static_cast<double>(wanted.count),
                 count_text(static_cast<double>(done)) + " images");
    });
    bar.clear();
    images.commit();
    const double seconds = watch.seconds();
    if (json) {
        const nlohmann::ordered_json document = {
            {"input", in},           {"model", path},
            {"first", wanted.first}, {"images", wanted.count},
            {"of", info.images},     {"bits", info.quantizer.bits},
            {"output", out},         {"engine", applied.network->name()},
            {"seconds", seconds},    {"images_per_s", static_cast<double>(wanted.count) / seconds}};
        print_document(document);
    }
    say("wrote {}: {} of {} images", shown_output(out), wanted.count, info.images);
    return 0;
}

}  // namespace ae
