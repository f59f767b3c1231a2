#include "command/input_arguments.h"

#include <fmt/format.h>

#include "base/terminal.h"
#include "command/chunks.h"
#include "command/loaded_model.h"
#include "data/image_reading.h"
#include "file/standard_input.h"
#include "model/training_data.h"
#include "train/busy_line.h"

namespace ae {

void InputArguments::add_to(CommandLine& line, bool is_required) {
    line.add_option(
            "INPUT", source.name,
            std::string("Images: IDX, .npy, .npz, CSV, PNG (one with a gamma is brought to sRGB) or JPEG, a folder of "
                        "pictures, or a data set (mnist, mnist:train, …); -: the standard input") +
                (is_required ? "" : "; by default those of the model's training"))
        .required(is_required);
    line.add_flag("--invert", source.invert, "The images are dark on light");
    line.add_option("--mirror", source.data.mirror, "URL to download a data set from [$AE_MIRROR]")
        .environment("AE_MIRROR");
    line.add_flag("--no-download", no_download, "Never use the network");
    reading.add_to(line);
}

ImageStreamPtr InputArguments::open(const Model& model, const std::string& name) const {
    ImageSource from = source;
    from.name = name;
    from.reading_is_assumed = reading.asked() == ImageReading();
    return open_input(std::move(from), reading, no_download, model);
}

namespace {

class StandardInputImages final : public ImageStream {
public:
    StandardInputImages(StandardInput input, ImageStreamPtr images, ImageFacts facts)
        : ImageStream(std::move(facts)), input_(std::move(input)), images_(std::move(images)) {}

    std::vector<float> read(int first, int n) const override {
        return input_.by_its_name([&] { return images_->read(first, n); });
    }

private:
    StandardInput input_;
    ImageStreamPtr images_;
};

ImageStreamPtr open_standard_input(ImageSource source, const WantedImages& wanted) {
    StandardInput input;
    source.name = input.path().string();
    ImageStreamPtr images = input.by_its_name([&] { return open_images(source, wanted); });
    ImageFacts facts = images->facts();
    facts.origin = "standard input";
    return std::make_unique<StandardInputImages>(std::move(input), std::move(images), std::move(facts));
}

}  // namespace

ImageStreamPtr open_input(ImageSource source, const ReadingArguments& reading, bool no_download, const Model& model) {
    source.data.download = !no_download;
    source.data.reading = reading.asked_for_input(model.metadata);
    const bool turned = source.data.reading.transpose;
    BusyLine bar(ProgressMode::automatic, "reading", silence());
    source.data.log = [&](const std::string& line) { bar.without([&] { say("{}", line); }); };
    const WantedImages wanted = wanted_images(model);
    ImageStreamPtr images =
        is_standard_input(source.name) ? open_standard_input(std::move(source), wanted) : open_images(source, wanted);
    check_columns(images->facts().columns, model.metadata, images->facts().origin);
    if (reading_of_facts(model.metadata).transpose && !turned)
        say("note     the model was trained on images with rows and columns swapped, these are read as they are; "
            "--transpose swaps them too");
    return scaled(std::move(images), model.scale);
}

}  // namespace ae
