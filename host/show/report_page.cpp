#include "show/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/average.h"
#include "base/facts.h"
#include "base/rows.h"
#include "data/image_selection.h"
#include "engine/names.h"
#include "show/diagnosis.h"
#include "show/html.h"
#include "show/svg_chart.h"
#include "train/epochs.h"
#include "train/progress.h"
#include "use/pca.h"

namespace ae {

namespace {

constexpr int kShownDigits = 10;
constexpr int kMostPoints = 2000;  // of the latent space: more only darken the middle

std::string figure(const std::string& value, const std::string& what) {
    return fmt::format("<div><b>{}</b><span>{}</span></div>\n", html::escape(value), html::escape(what));
}

std::string fact(const RunReport& r, const std::string& key, const std::string& otherwise = "unknown") {
    return fact_of(r.model.metadata, key, otherwise);
}

std::string headline(const RunReport& r) {
    const Settings& s = r.model.settings;
    const double bce = average(r.scores.bce), mse = average(r.scores.mse);
    std::string figures = figure(fmt::format("{:.4f}", bce), "BCE, nats a pixel") +
                          figure(fmt::format("{:.4f}", bce - r.floor), "above the entropy of the pixels") +
                          figure(fmt::format("{:.5f}", mse), "mean squared error") +
                          figure(fmt::format("{:.2f} dB", psnr(mse)), "PSNR");
    if (std::isfinite(r.ssim)) figures += figure(fmt::format("{:.3f}", r.ssim), "SSIM");
    return fmt::format("<h1>Autoencoder {} on {}</h1>\n", html::escape(s.shape.text()), html::escape(r.data.name)) +
           html::paragraph(fmt::format("{} · {} parameters · {} epochs on {} · {}", r.run, s.shape.parameters(),
                                       fact(r, "epochs"), fact(r, "device"), fact(r, "created").substr(0, 10))) +
           "<div class=\"figures\">\n" + figures + "</div>\n" +
           html::paragraph(fmt::format("Measured on {} images that were not trained on.", r.data.test.count));
}

std::string curves(const RunReport& r) {
    if (r.history.empty())
        return html::section("Loss", html::paragraph("The folder has no checkpoint, which would hold the history."));
    svg::Series loss{"training", "first", {}}, val{"validation", "second", {}};
    for (const EpochRecord& e : r.history) loss.values.push_back(e.loss), val.values.push_back(e.val_loss);
    loss.dashed = true;
    val.marked = static_cast<std::size_t>(best_epoch(r.history).epoch);
    const std::string chart = svg::line_chart({"epoch", "BCE, nats a pixel", {loss, val}, r.floor, "floor"});
    const std::string told = diagnosis(r.history);
    return html::section(
        "Loss", chart + (told.empty() ? "" : "<p class=\"told\">" + html::escape(told) + "</p>\n") +
                    html::paragraph("The floor is the entropy of the grey pixels: no reconstruction's binary "
                                    "cross-entropy can be lower. The training loss is taken while weights still "
                                    "change, so it lies above the validation loss at first."));
}

std::vector<float> take(const RunReport& r, std::span<const float> images, std::span<const int> chosen) {
    return take_rows(as_rows(images, r.data.test.pixels_per_image()), chosen);
}

/// The chosen images above, what the network makes of them below.
Picture pairs(const RunReport& r, std::span<const int> chosen) {
    const std::array rows{take(r, r.originals, chosen), take(r, r.reconstructions, chosen)};
    return digit_grid(rows, r.size());
}

std::string range_text(const RunReport& r, std::span<const int> chosen) {
    const auto at = [&](int i) { return r.scores.mse[static_cast<std::size_t>(i)]; };
    return fmt::format("MSE {:.4f} to {:.4f}", at(chosen.front()), at(chosen.back()));
}

std::string pictures(const RunReport& r) {
    const auto shown = static_cast<std::ptrdiff_t>(std::min(kShownDigits, r.data.test.count));
    std::vector<int> order(static_cast<std::size_t>(r.data.test.count));
    std::iota(order.begin(), order.end(), 0);
    const std::vector<int> first(order.begin(), order.begin() + shown);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return r.scores.mse[static_cast<std::size_t>(a)] < r.scores.mse[static_cast<std::size_t>(b)];
    });
    const std::vector<int> best(order.begin(), order.begin() + shown), worst(order.rbegin(), order.rbegin() + shown);
    return html::section("Reconstructions", html::image(pairs(r, first), "digits and their reconstructions") +
                                                html::paragraph("Originals above, reconstructions below.")) +
           html::section("Worst and best", html::image(pairs(r, worst), "the worst reconstructions") +
                                               html::paragraph("The largest errors: " + range_text(r, worst)) +
                                               html::image(pairs(r, best), "the best reconstructions") +
                                               html::paragraph("The smallest: " + range_text(r, best)));
}

std::string errors_by_label(const RunReport& r) {
    std::array<std::pair<double, int>, 256> sums{};
    for (std::size_t i = 0; i < r.data.test.labels.size(); ++i) {
        auto& [sum, count] = sums[r.data.test.labels[i]];
        sum += r.scores.mse[i], ++count;
    }
    html::Table table{{"label", "images", "MSE", "PSNR"}, {}};
    for (std::size_t label = 0; label < sums.size(); ++label) {
        const auto& [sum, count] = sums[label];
        if (count > 0)
            table.rows.push_back({fmt::to_string(label), fmt::to_string(count), fmt::format("{:.5f}", sum / count),
                                  fmt::format("{:.2f} dB", psnr(sum / count))});
    }
    return table.rows.empty() ? "" : html::section("By label", html::table(table));
}

/// Units whose output never differs from 0: what a ReLU code loses of its width.
int dead_units(const RunReport& r) {
    const auto codes = as_rows(r.codes, r.model.settings.shape.code_size());
    int dead = 0;
    for (int unit = 0; unit < codes.cols; ++unit) {
        bool is_dead = true;
        for (int i = 0; i < codes.rows && is_dead; ++i) is_dead = codes.row(i)[unit] == 0;
        dead += is_dead;
    }
    return dead;
}

std::string latent_space(const RunReport& r) {
    const int dimensions = r.model.settings.shape.code_size(), dead = dead_units(r);
    std::string text = fmt::format(
        "Every dot is an image, placed by the two directions in which its code of {} numbers "
        "varies most (PCA), coloured by its label.",
        dimensions);
    if (dead > 0)
        text += fmt::format(" {} of {} code units are 0 for all images; --code-activation linear uses them all.", dead,
                            dimensions);
    if (dimensions < 2 || r.data.test.count < 3) return "";
    ThreadPool pool;
    const auto codes = as_rows(r.codes, dimensions);
    const Pca pca({codes.data, codes.rows, codes.cols}, 2, pool);
    const std::vector<float> projected = pca.project({codes.data, std::min(codes.rows, kMostPoints), codes.cols}, pool);
    std::vector<svg::Point> points;
    for (std::size_t i = 0; i * 2 < projected.size(); ++i)
        points.push_back({projected[2 * i], projected[2 * i + 1],
                          r.data.test.labels.empty() ? std::uint8_t(0) : r.data.test.labels[i]});
    return html::section("The codes",
                         svg::scatter(points, "codes in two dimensions, coloured by label") + html::paragraph(text));
}

std::string denoising(const RunReport& r) {
    if (r.denoised.empty()) return "";
    std::vector<int> first(static_cast<std::size_t>(std::min(kShownDigits, r.data.test.count)));
    std::iota(first.begin(), first.end(), 0);
    html::Table table{{"", "PSNR", "SSIM"}, {}};
    for (const Restored& d : r.denoised)
        table.rows.push_back(
            {d.name, fmt::format("{:.2f} dB", d.psnr), std::isfinite(d.ssim) ? fmt::format("{:.3f}", d.ssim) : "–"});
    const std::array rows{take(r, r.denoised.front().images, first), take(r, r.denoised.back().images, first),
                          take(r, r.originals, first)};
    return html::section("As a denoiser",
                         html::image(digit_grid(rows, r.size()), "noisy, restored and clean digits") +
                             html::paragraph("Noisy (" + r.model.settings.noise.text() + "), restored, clean.") +
                             html::table(table));
}

std::string compression(const RunReport& r) {
    if (r.rates.empty()) return "";
    html::Table table{{"codec", "setting", "bytes an image", "PSNR", "SSIM"}, {}};
    for (const RatePoint& p : r.rates)
        table.rows.push_back({p.codec, p.setting, fmt::format("{:.2f}", p.bytes), fmt::format("{:.2f} dB", p.psnr),
                              std::isfinite(p.ssim) ? fmt::format("{:.3f}", p.ssim) : "–"});
    return html::section("As a compressor",
                         html::table(table) + html::paragraph("Codes quantised and entropy-coded, headers and tables "
                                                              "included, the decoder not: ae_cuda compress, rd."));
}

/// How to make the run again.
std::string origin(const RunReport& r) {
    const std::string command = fact(r, "command", "");
    if (command.empty()) return "";
    return "<p>Made by <code>" + html::escape(command) + "</code></p>\n" +
           html::paragraph(fmt::format("with ae_cuda {} (commit {}) in {}.", fact(r, "ae_cuda_version"),
                                       fact(r, "commit", "unknown"), duration_text(seconds_of(r.history))));
}

std::string settings(const RunReport& r) {
    const Settings& s = r.model.settings;
    html::Table table;
    const auto add = [&](const std::string& name, const std::string& value) { table.rows.push_back({name, value}); };
    add("layers", s.shape.text());
    add("activation", text(s.activation) + ", code " + text(s.code_activation));
    add("noise", s.noise.text());
    add("optimiser", fmt::format("Adam, lr {} ({}), beta1 {}, beta2 {}, eps {}", s.adam.learning_rate,
                                 text(s.adam.decay), s.adam.beta1, s.adam.beta2, s.adam.epsilon));
    add("batch size", fmt::to_string(s.batch_size));
    add("seed", fmt::to_string(s.seed));
    for (const auto& [name, value] : r.model.metadata)
        if (name != "settings" && name != "shape" && name != "format") add(name, value);
    return html::section("How it was trained", origin(r) + html::table(table));
}

}  // namespace

std::string report_page(const RunReport& r) {
    return html::page("Autoencoder " + r.model.settings.shape.text() + " on " + r.data.name,
                      headline(r) + curves(r) + pictures(r) + errors_by_label(r) + latent_space(r) + denoising(r) +
                          compression(r) + settings(r));
}

}  // namespace ae
