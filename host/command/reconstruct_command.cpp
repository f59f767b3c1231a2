// ae_cuda reconstruct: digits and their reconstructions, as a picture or in the terminal.
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/number_output.h"
#include "command/outputs.h"
#include "command/own_data.h"
#include "data/image_check.h"
#include "data/image_output.h"
#include "file/paths.h"
#include "file/picture.h"
#include "show/terminal_picture.h"

namespace ae {

int reconstruct_command(const Arguments& arguments) {
    std::string path, out;
    int count = 10, first = 0;
    bool show = false;
    OwnDataArguments data;
    EngineArguments engine;
    CommandLine line("reconstruct", "Draws digits and, below each, its reconstruction.",
                     "ae_cuda reconstruct runs/first -o grid.png --count 10");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_option("-o,--output", out, "A picture, .png; or the reconstructions alone, .npy or .csv");
    line.add_option("--count", count, "Number of digits").check(between(1, 1000));
    line.add_option("--first", first, "Index of the first digit in the test set").check(at_least(0));
    line.add_flag("--show", show, "Draw in the terminal");
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    if (out.empty() && !show)
        throw UsageError("reconstruct: nothing to do; name a picture with -o grid.png, or add --show");
    const AppliedModel applied = apply_model(path, engine);
    if (!out.empty())
        check_output(out, {".png", ".npy", ".csv"}, ReadFiles().model(path).source(data.source(applied.model, path)));
    const OwnData dataset = data.load(applied.model, path);
    const Images& images = dataset.test();

    const std::vector<float> originals = images.floats(first, count);
    std::array rows{originals, applied.network->reconstruct(originals)};
    if (!out.empty() && ending_of(out) != ".png") {
        write_result(out, rows[1], applied.model, size_of(images));
        say("wrote {}: {} reconstructions", out, count);
        if (!show) return 0;
    }
    if (images.are_numbers()) bring_to_greys(rows);
    const ImageSize size = size_of(images);
    const Shades shades = isatty(STDOUT_FILENO) != 0 ? terminal_shades() : Shades::ascii;  // of use to terminals alone
    if (show) print_text(digits_as_text(rows, size, terminal_columns(), shades));
    if (ending_of(out) == ".png") {
        write_png(out, digit_grid(rows, size));
        say("wrote {}", out);
    }
    return 0;
}

}  // namespace ae
