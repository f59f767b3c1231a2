// ae_cuda encode: images to codes.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/input_arguments.h"
#include "command/loaded_model.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "file/npy_writer.h"

namespace ae {

int encode_command(const Arguments& arguments, Group* ranks) {
    std::string path, out;
    bool json = false;
    InputArguments input;
    EngineArguments engine{.group = ranks};
    CommandLine line("encode", "Writes the code of every image: an .npy array, images × code size, float32.",
                     "ae_cuda encode runs/first mnist -o codes.npy");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    input.add_to(line);
    line.add_option("-o,--output", out, "The codes, .npy; -: the standard output").required();
    line.add_flag("--json", json, "One JSON document about it");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_apart(json ? "--json" : "", out, "codes");
    check_binary_output(out, {".npy"}, ReadFiles().model(path).source(input.source.name));

    const AppliedModel applied = apply_model(path, engine);
    const Shape& shape = applied.model.settings.shape;
    const ImageStreamPtr stream = input.open(applied.model);
    const ImageFacts& images = stream->facts();
    const Stopwatch watch;
    const std::array dimensions{static_cast<std::uint64_t>(images.count),
                                static_cast<std::uint64_t>(shape.code_size())};
    NpyWriter codes(out, dimensions);
    for_chunks(*stream, "encode",
               [&](int, std::span<const float> pixels) { codes.write(applied.network->encode(pixels)); });
    codes.commit();
    const double seconds = watch.seconds();
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},          {"input", images.origin},
                                                 {"images", images.count}, {"code_size", shape.code_size()},
                                                 {"output", out},          {"engine", applied.network->name()},
                                                 {"seconds", seconds},     {"images_per_s", images.count / seconds}};
        print_document(document);
    }
    say("wrote {}: {} codes of {} numbers", shown_output(out), images.count, shape.code_size());
    return 0;
}

}  // namespace ae
