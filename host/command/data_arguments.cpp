#include "command/data_arguments.h"

#include <fmt/format.h>

#include "base/terminal.h"
#include "command/chunks.h"
#include "data/image_reading.h"
#include "train/busy_line.h"

namespace ae {

void DataArguments::add_to(CommandLine& line) {
    line.group("Data");
    line.add_option("--data", options.source,
                    "mnist, fashion-mnist, synthetic; a folder of PNG and JPEG files (subfolders are labels) or of IDX "
                    "files; an IDX, .npy, .npz, .csv or .tsv file");
    line.add_option("--mirror", options.mirror, "URL to download from [$AE_MIRROR]").environment("AE_MIRROR");
    line.add_flag("--no-download", no_download, "Never use the network");
    reading.add_to(line);
    line.group("");
}

void ReadingArguments::add_to(CommandLine& line) {
    line.group("Data");
    line.add_option("--resize", resize, "WIDTHxHEIGHT: bring images to this size");
    line.add_flag("--gray", reading.gray, "Turn colours to grey");
    line.add_flag("--transpose", reading.transpose, "Swap rows and columns, for EMNIST's IDX files");
    line.add_option("--label", reading.label, "A table's column of labels, by name or number (default: label)");
    line.add_option("--ignore", reading.ignore, "Columns of a table to leave out").delimiter(',').repeatable();
    line.group("");
}

ImageReading ReadingArguments::asked(const std::map<std::string, std::string>& facts) const {
    ImageReading asked = reading;
    parse_resize(resize, asked);
    const ImageReading own = reading_of_facts(facts);
    if (asked == ImageReading()) return own;
    asked.numbers = own.numbers;
    return asked;
}

ImageReading ReadingArguments::asked_for_input(const std::map<std::string, std::string>& facts) const {
    if (asked() != ImageReading()) return asked(facts);
    ImageReading input = reading_of_facts(facts);
    input.transpose = false;
    return input;
}

Dataset DataArguments::load(ProgressMode mode, bool quiet) const {
    BusyLine bar(quiet ? ProgressMode::never : mode, "reading", silence());
    DatasetOptions all = options;
    if (all.reading == ImageReading()) all.reading = reading.asked();
    all.download = !no_download;
    all.log = [&](const std::string& line) {
        if (!quiet) bar.without([&] { say("data     {}", line); });
    };
    all.progress = [&](const std::string& file, double done, double total) {
        bar.draw(file, total > 0 ? done / total : 0, fmt::format("{:.1f} MB", done / 1e6));
    };
    return load_dataset(all);
}

}  // namespace ae
