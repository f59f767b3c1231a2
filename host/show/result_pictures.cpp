#include "show/result_pictures.h"

#include <fmt/format.h>

#include <array>

#include "ae/metrics.h"
#include "data/image_output.h"
#include "show/error_map.h"
#include "show/labelled_grid.h"
#include "use/compression.h"

namespace ae {
namespace {

std::vector<float> copy_of(Pixels pixels) {
    return {pixels.begin(), pixels.end()};
}

/// A text for each image, from its mean squared error.
template <typename Text>
std::vector<std::string> captions_of(Pixels a, Pixels b, ImageSize size, Text text) {
    std::vector<std::string> captions;
    for (std::size_t i = 0; i + size.values() <= a.size(); i += size.values())
        captions.push_back(text(mean_squared_error(a.subspan(i, size.values()), b.subspan(i, size.values()))));
    return captions;
}

GridRow compared(const std::string& label, Pixels images, Pixels clean, ImageSize size) {
    GridRow row{label, copy_of(images)};
    const auto decibels = [](double mse) { return fmt::format("{:.1f} dB", psnr(mse)); };
    if (!clean.empty()) row.captions = captions_of(images, clean, size, decibels);
    return row;
}

}  // namespace

Picture reconstruction_picture(const RebuiltImages& images, ImageSize size, int code_size) {
    const auto mse = [](double error) { return fmt::format("{:.4f}", error); };
    const std::string rebuilt = fmt::format("rebuilt from\n{} numbers\n\nbelow: mean\nsquared error", code_size);
    std::array shown{images.originals, images.reconstructions};
    if (images.are_numbers) bring_to_greys(shown);
    const std::vector rows{
        GridRow{"original", shown[0]},
        GridRow{rebuilt, shown[1], captions_of(images.originals, images.reconstructions, size, mse)}};
    return labelled_grid(rows, size);
}

Picture denoised_picture(const DenoisedImages& images, ImageSize size) {
    const bool is_known = !images.clean.empty();
    std::vector rows{compared(is_known ? "noisy\n(below: PSNR)" : "input", images.noisy, images.clean, size),
                     compared("3x3 median", images.median, images.clean, size),
                     compared("this model", images.restored, images.clean, size)};
    if (is_known) rows.push_back({"clean", copy_of(images.clean)});
    return labelled_grid(rows, size);
}

Picture anomaly_picture(Pixels images, Pixels reconstructions, std::vector<std::string> captions, ImageSize size) {
    const std::vector rows{GridRow{"image", copy_of(images)}, GridRow{"rebuilt", copy_of(reconstructions)},
                           GridRow{"difference\n\nbelow: score,\nname", signed_errors(images, reconstructions),
                                   std::move(captions), true}};
    return labelled_grid(rows, size, error_legend());
}

}  // namespace ae
