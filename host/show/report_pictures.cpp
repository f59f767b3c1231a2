#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/rows.h"
#include "data/image_output.h"
#include "data/image_selection.h"
#include "show/html.h"
#include "show/report_sections.h"

namespace ae::report {

namespace {

constexpr int kShown = 10;

std::vector<float> take(const RunReport& r, std::span<const float> images, std::span<const int> chosen) {
    return take_rows(as_rows(images, static_cast<int>(r.size().values())), chosen);
}

/// The chosen images above, what the network makes of them below.
Picture pairs(const RunReport& r, std::span<const int> chosen) {
    std::array rows{take(r, r.originals, chosen), take(r, r.reconstructions, chosen)};
    if (r.are_numbers()) bring_to_greys(rows);
    return digit_grid(rows, r.size());
}

std::string range_text(const RunReport& r, std::span<const int> chosen) {
    const auto at = [&](int i) { return r.scores.mse[static_cast<std::size_t>(i)]; };
    return fmt::format("MSE {:.4f} to {:.4f}", at(chosen.front()), at(chosen.back()));
}

/// The numbers of the first images that are shown.
std::vector<int> first_images(const RunReport& r) {
    std::vector<int> first(static_cast<std::size_t>(std::min(kShown, r.data.test.count)));
    std::iota(first.begin(), first.end(), 0);
    return first;
}

}  // namespace

std::string pictures(const RunReport& r) {
    const std::vector<int> first = first_images(r);
    const auto shown = static_cast<std::ptrdiff_t>(first.size());
    const std::vector<int> order = by_error(r);
    const std::vector<int> worst(order.begin(), order.begin() + shown), best(order.rbegin(), order.rbegin() + shown);
    return html::section("Reconstructions", html::image(pairs(r, first), "images and their reconstructions") +
                                                html::paragraph("Originals above, reconstructions below.")) +
           html::section("Worst and best", html::image(pairs(r, worst), "the worst reconstructions") +
                                               html::paragraph("The largest errors: " + range_text(r, worst)) +
                                               html::image(pairs(r, best), "the best reconstructions") +
                                               html::paragraph("The smallest: " + range_text(r, best)));
}

std::string denoising(const RunReport& r) {
    if (r.denoised.empty()) return "";
    const std::vector<int> first = first_images(r);
    html::Table table{{"", "PSNR", "SSIM"}, {}};
    for (const Restored& d : r.denoised)
        table.rows.push_back(
            {d.name, fmt::format("{:.2f} dB", d.psnr), std::isfinite(d.ssim) ? fmt::format("{:.3f}", d.ssim) : "–"});
    const std::array rows{take(r, r.denoised.front().images, first), take(r, r.denoised.back().images, first),
                          take(r, r.originals, first)};
    return html::section("As a denoiser",
                         html::image(digit_grid(rows, r.size()), "noisy, restored and clean images") +
                             html::paragraph("Noisy (" + r.model.settings.noise.text() + "), restored, clean.") +
                             html::table(table));
}

}  // namespace ae::report
