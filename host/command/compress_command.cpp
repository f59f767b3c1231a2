// ae_cuda compress: images packed as quantised codes, with a report of what that costs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "ae/error.h"
#include "ae/metrics.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "file/atomic_file.h"
#include "use/compression.h"

namespace ae {
namespace {

struct Compressed {
    std::string bytes;
    int bits = 0;
    double psnr = 0;
    double encode_seconds = 0;  ///< pixels to bytes, without reading them
    double decode_seconds = 0;  ///< bytes to pixels
};

/// Keeps the codes, 4 bytes a number, of which every choice of bits is made; the images are read again to be compared.
class Compressor {
public:
    Compressor(AppliedModel& applied, const ImageStream& images)
        : network_(*applied.network),
          images_(images),
          info_{decoder_sha256(applied.model.settings, applied.model.parameters),
                images.rows(),
                images.facts().size.height,
                images.facts().size.width * images.facts().size.channels,
                {}} {
        const auto width = static_cast<std::size_t>(applied.model.settings.shape.code_size());
        codes_.reserve(static_cast<std::size_t>(images.rows()) * width);
        SquaredErrorSum error;
        for_chunks(images, "encode", [&](int, std::span<const float> pixels) {
            const Stopwatch encoding;
            const std::vector<float> codes = network_.encode(pixels);
            seconds_ += encoding.seconds();
            codes_.insert(codes_.end(), codes.begin(), codes.end());
            error.add(network_.decode(codes), pixels);
        });
        unquantised_psnr_ = psnr(error.mean());
    }

    Compressed compress(int bits) const {
        const Stopwatch packing;
        ProgressBar bar(ProgressMode::automatic, silence());
        const auto progress = [&](double part) { bar.draw("quantise", part, fmt::format("{} bits", bits)); };
        Compressed result{compress_codes(info_, codes_, bits, progress), bits, 0, seconds_ + packing.seconds(), 0};
        bar.clear();
        Aez aez(std::move(result.bytes), "the result");
        SquaredErrorSum error;
        for_chunks(images_, "compare", [&](int first, std::span<const float> pixels) {
            const std::size_t n = pixels.size() / images_.facts().size.values();
            const auto decode = [this](std::span<const float> codes) { return network_.decode(codes); };
            const Stopwatch decoding;
            const std::vector<float> back = decompress_images(aez, decode, static_cast<std::size_t>(first), n);
            result.decode_seconds += decoding.seconds();
            error.add(back, pixels);
        });
        result.psnr = psnr(error.mean());
        result.bytes = std::move(aez).bytes();
        return result;
    }

    /// With the fewest bits that reach `target` dB.
    Compressed reach(double target) const {
        Compressed best;
        for (int bits = 1; bits <= 8; ++bits)
            if (best = compress(bits); best.psnr >= target) return best;
        throw CheckFailed(
            fmt::format("--target-psnr {}: 8 bits reach {:.2f} dB, and the model without quantisation {:.2f} dB",
                        target, best.psnr, unquantised_psnr_));
    }

    double unquantised_psnr() const { return unquantised_psnr_; }

private:
    Network& network_;
    const ImageStream& images_;
    AezInfo info_;
    std::vector<float> codes_;
    double seconds_ = 0;
    double unquantised_psnr_ = 0;
};

nlohmann::ordered_json describe(const Compressed& result, const ImageFacts& images, double unquantised) {
    const double bytes = static_cast<double>(result.bytes.size()) / images.count;
    return {{"input", images.origin},
            {"images", images.count},
            {"bits", result.bits},
            {"bytes", result.bytes.size()},
            {"bytes_per_image", bytes},
            {"bits_per_pixel", 8 * bytes / static_cast<double>(images.size.values())},
            {"psnr", result.psnr},
            {"psnr_unquantised", unquantised},
            {"psnr_lost", unquantised - result.psnr},
            {"compressed_images_per_s", images.count / result.encode_seconds},
            {"decompressed_images_per_s", images.count / result.decode_seconds}};
}

}  // namespace

int compress_command(const Arguments& arguments, Group* ranks) {
    std::string path, out;
    int bits = 8;
    std::optional<double> target;
    bool json = false;
    InputArguments input;
    EngineArguments engine{.group = ranks};
    CommandLine line("compress",
                     "Packs images as their quantised, entropy-coded codes. The model is needed to unpack them.",
                     "ae_cuda compress runs/first mnist -o digits.aez --bits 5");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    input.add_to(line);
    line.add_option("-o,--output", out, "The compressed file, .aez").required();
    const Option fixed = line.add_option("--bits", bits, "Bits for each dimension of the code").check(between(1, 8));
    line.add_option("--target-psnr", target, "Use the fewest bits that reach this PSNR, in dB").excludes(fixed);
    line.add_flag("--json", json, "One JSON document about it");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_output(out, {".aez"}, ReadFiles().model(path).source(input.source.name));

    AppliedModel applied = apply_model(path, engine);
    refuse_numbers(applied.model, "compress");
    const ImageStreamPtr stream = input.open(applied.model);
    const ImageFacts& images = stream->facts();
    const Compressor compressor(applied, *stream);
    const Compressed result = target ? compressor.reach(*target) : compressor.compress(bits);
    write_file(out, result.bytes);
    const auto report = describe(result, images, compressor.unquantised_psnr());
    if (json) print_document(report);
    say("wrote {}: {} images, {} bits a dimension, {:.2f} bytes an image, {:.2f} dB ({:.3f} dB lost)", out,
        images.count, result.bits, report["bytes_per_image"].get<double>(), result.psnr,
        report["psnr_lost"].get<double>());
    return 0;
}

}  // namespace ae
