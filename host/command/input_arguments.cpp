#include "command/input_arguments.h"

#include <fmt/format.h>

#include "base/terminal.h"
#include "command/loaded_model.h"
#include "model/training_data.h"

namespace ae {

void InputArguments::add_to(CommandLine& line, bool is_required) {
    line.add_option(
            "INPUT", source.name,
            std::string("Images: IDX, .npy, .npz, CSV, PNG (one with a gamma is brought to sRGB) or JPEG, a folder of "
                        "pictures, or a data set (mnist, mnist:train, …)") +
                (is_required ? "" : "; by default those of the model's training"))
        .required(is_required);
    line.add_flag("--invert", source.invert, "The images are dark on light");
    line.add_option("--mirror", source.data.mirror, "URL to download a data set from [$AE_MIRROR]")
        .environment("AE_MIRROR");
    line.add_flag("--no-download", no_download, "Never use the network");
    reading.add_to(line);
}

InputImages InputArguments::load(const Model& model, const std::string& name) const {
    ImageSource from = source;
    from.name = name;
    from.reading_is_assumed = reading.asked() == ImageReading();
    return load_input(std::move(from), reading, no_download, model);
}

InputImages load_input(ImageSource source, const ReadingArguments& reading, bool no_download, const Model& model) {
    source.data.download = !no_download;
    source.data.reading = reading.asked_for_input(model.metadata);
    source.data.log = [](const std::string& line) { say("{}", line); };
    InputImages images = read_images(source, wanted_images(model));
    check_columns(images.columns, model.metadata, images.origin);
    model.scale.apply(images.pixels);
    return images;
}

}  // namespace ae
