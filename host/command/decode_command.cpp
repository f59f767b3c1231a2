// ae_cuda decode: codes to images.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/rows.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/number_output.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "data/image_stream.h"
#include "file/npy.h"

namespace ae {
namespace {

/// n × code size, or a single code. Throws UsageError for another shape, DataError for values that are no code.
std::vector<float> read_codes(const std::string& path, int code_size) {
    Npy npy = read_npy(path);
    auto* codes = std::get_if<std::vector<float>>(&npy.values);
    if (!codes) throw DataError(fmt::format("{}: holds bytes; codes are float32", path));
    const std::size_t rank = npy.shape.size();
    if ((rank != 1 && rank != 2) || npy.shape.back() != static_cast<std::uint64_t>(code_size))
        throw UsageError(fmt::format("{}: an array of shape {}; the model takes codes of {} numbers, n×{}", path,
                                     shape_text(npy.shape), code_size, code_size));
    if (codes->empty()) throw DataError(fmt::format("{}: holds no codes", path));
    const auto bad = std::ranges::find_if_not(*codes, [](float v) { return std::isfinite(v); });
    if (bad != codes->end())
        throw DataError(fmt::format("{}: {} in code {}, dimension {}; finite numbers were expected", path, *bad,
                                    (bad - codes->begin()) / code_size, (bad - codes->begin()) % code_size));
    return std::move(*codes);
}

/// The size asked for, or the one that the model's file tells; without either every image is one row.
ImageSize choose_size(const std::string& asked, const Model& model) {
    if (asked.empty()) return wanted_images(model).size_or_row();
    const ImageSize size = parse_image_size(asked);
    if (std::int64_t(size.width) * size.height != model.settings.shape.pixels())
        throw UsageError(
            fmt::format("--size {}: the model's images have {} pixels", asked, model.settings.shape.pixels()));
    return size;
}

}  // namespace

int decode_command(const Arguments& arguments) {
    std::string path, in, out, size;
    bool json = false;
    EngineArguments engine;
    CommandLine line("decode", "Turns codes into images, as an array (images × height × width, float32) or a picture.",
                     "ae_cuda decode runs/first codes.npy -o images.npy");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_option("CODES", in, "The codes, .npy: n × code size").required();
    line.add_option("-o,--output", out, "The images: .npy, .csv for a table, or .png for a grid").required();
    line.add_option("--size", size, "HEIGHTxWIDTH (default: that of the images that the model was trained on)");
    line.add_flag("--json", json, "One JSON document about it");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_output(out, {".npy", ".csv", ".png"}, ReadFiles().model(path).file(in));

    const AppliedModel applied = apply_model(path, engine);
    const Shape& shape = applied.model.settings.shape;
    const std::vector<float> codes = read_codes(in, shape.code_size());
    const auto rows = as_rows(codes, shape.code_size());
    const int count = rows.rows;
    const ImageSize image_size = choose_size(size, applied.model);
    const Stopwatch watch;
    ResultWriter images(out, static_cast<std::uint64_t>(count), applied.model, image_size);
    const int chunk = images_at_a_time(image_size);
    for (int first = 0; first < count; first += std::min(chunk, count - first)) {
        const auto part = rows.row_block(first, std::min(chunk, count - first));
        images.write(applied.network->decode({part.data, part.size()}));
    }
    images.commit();
    const double seconds = watch.seconds();
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"codes", in},
                                                 {"images", count},
                                                 {"output", out},
                                                 {"engine", applied.network->name()},
                                                 {"seconds", seconds},
                                                 {"images_per_s", count / seconds}};
        print_document(document);
    }
    say("wrote {}: {} images", out, count);
    return 0;
}

}  // namespace ae
