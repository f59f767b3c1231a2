// ae_cuda reconstruct: digits and their reconstructions, as a picture or in the terminal.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/number_output.h"
#include "command/outputs.h"
#include "command/own_data.h"
#include "data/image_check.h"
#include "data/image_output.h"
#include "file/paths.h"
#include "file/picture.h"
#include "show/result_pictures.h"
#include "show/terminal_picture.h"

namespace ae {

namespace {

constexpr int kMostDrawn = 1000;

struct ReconstructArguments {
    std::string model, out;
    int count = 10, first = 0;
    bool show = false;
};

bool wants_array(const std::string& out) {
    return is_standard_output(out) || ending_of(out) == ".npy" || ending_of(out) == ".csv";
}

/// In the units of the data, in an array or a table of any length.
void write_array(const ReconstructArguments& a, const AppliedModel& applied, const OwnData::Stream& all) {
    std::vector<int> numbers(static_cast<std::size_t>(a.count));
    std::iota(numbers.begin(), numbers.end(), a.first);
    const ImageStreamPtr images = chosen_images(all, std::move(numbers));
    ResultWriter writer(a.out, static_cast<std::uint64_t>(a.count), applied.model, images->facts().size);
    for_chunks(*images, "reconstruct",
               [&](int, std::span<const float> pixels) { writer.write(applied.network->reconstruct(pixels)); });
    writer.commit();
}

void draw(const ReconstructArguments& a, const AppliedModel& applied, const ImageStream& images) {
    const std::vector<float> originals = images.read(a.first, a.count);
    std::array rows{originals, applied.network->reconstruct(originals)};
    const auto [size, are_numbers] = std::pair(images.facts().size, images.facts().are_numbers);
    if (!a.out.empty())
        write_png(a.out, reconstruction_picture({rows[0], rows[1], are_numbers}, size,
                                                applied.model.settings.shape.code_size()));
    if (!a.show) return;
    if (are_numbers) bring_to_greys(rows);
    const Shades shades = isatty(STDOUT_FILENO) != 0 ? terminal_shades() : Shades::ascii;  // of use to terminals alone
    print_text(digits_as_text(rows, size, terminal_columns(), shades));
}

}  // namespace

int reconstruct_command(const Arguments& arguments, Group* ranks) {
    ReconstructArguments a;
    OwnDataArguments data;
    EngineArguments engine{.group = ranks};
    CommandLine line("reconstruct", "Draws digits and, below each, its reconstruction.",
                     "ae_cuda reconstruct runs/first -o grid.png --count 10");
    line.add_option("MODEL", a.model, "A model.safetensors or a run folder").required();
    line.add_option("-o,--output", a.out,
                    "A .png; or the reconstructions alone, .npy or .csv, by default all; -: .npy on stdout");
    line.add_option("--count", a.count, "Number of digits").check(at_least(1));
    line.add_option("--first", a.first, "Index of the first digit in the test set").check(at_least(0));
    line.add_flag("--show", a.show, "Draw in the terminal");
    data.add_to(line);
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    const bool is_array = wants_array(a.out);
    if (a.out.empty() && !a.show)
        throw UsageError("reconstruct: nothing to do; name a picture with -o grid.png, or add --show");
    if (is_array && a.show)
        throw UsageError("--show: draws what -o grid.png shows; leave it out for an array or a table");
    if (!is_array && a.count > kMostDrawn)
        throw UsageError(
            fmt::format("--count {}: up to {} can be drawn; -o images.npy holds any number", a.count, kMostDrawn));
    const AppliedModel applied = apply_model(a.model, engine);
    if (!a.out.empty())
        check_binary_output(a.out, {".png", ".npy", ".csv"},
                            ReadFiles().model(a.model).source(data.source(applied.model, a.model)));
    const OwnData::Stream images = data.open(applied.model, a.model).test;
    if (is_array && !line.given("--count")) a.count = std::max(1, images->rows() - a.first);
    check_range(a.first, a.count, images->rows());
    if (is_array)
        write_array(a, applied, images);
    else
        draw(a, applied, *images);
    if (!a.out.empty()) say("wrote {}", shown_output(a.out));
    return 0;
}

}  // namespace ae
