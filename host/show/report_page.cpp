#include "show/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/average.h"
#include "base/facts.h"
#include "data/image_selection.h"
#include "engine/names.h"
#include "show/diagnosis.h"
#include "show/html.h"
#include "show/report_sections.h"
#include "show/svg_chart.h"
#include "train/epochs.h"
#include "train/progress.h"

namespace ae {

namespace {

std::string figure(const std::string& value, const std::string& what) {
    return fmt::format("<div><b>{}</b><span>{}</span></div>\n", html::escape(value), html::escape(what));
}

std::string fact(const RunReport& r, const std::string& key, const std::string& otherwise = "unknown") {
    return fact_of(r.model.metadata, key, otherwise);
}

/// The figures of the loss that it was trained by, and those that people compare pictures by.
std::string figures(const RunReport& r) {
    const double bce = average(r.scores.bce), mse = average(r.scores.mse);
    std::string text;
    if (r.has_bce()) text += figure(fmt::format("{:.4f}", bce), fmt::format("BCE, nats a {}", r.value_name()));
    if (r.has_bce() && r.floor)
        text += figure(fmt::format("{:.4f}", bce - *r.floor), "above the entropy of the pixels");
    text += figure(fmt::format("{:.5f}", mse), r.are_numbers() ? "mean squared error, scaled" : "mean squared error");
    if (r.are_numbers()) return text;
    text += figure(fmt::format("{:.2f} dB", psnr(mse)), "PSNR");
    return std::isfinite(r.ssim) ? text + figure(fmt::format("{:.3f}", r.ssim), "SSIM") : text;
}

/// "10000", "the first 21399 of 100000"
std::string measured_text(const RunReport& r) {
    const int count = r.data.test.count;
    return count == r.data.all ? fmt::to_string(count) : fmt::format("the first {} of {}", count, r.data.all);
}

std::string headline(const RunReport& r) {
    const Settings& s = r.model.settings;
    return fmt::format("<h1>Autoencoder {} on {}</h1>\n", html::escape(s.shape.text()), html::escape(r.data.name)) +
           html::paragraph(fmt::format("{} · {} parameters · {} epochs on {} · {}", r.run, s.shape.parameters(),
                                       fact(r, "epochs"), fact(r, "device"), fact(r, "created").substr(0, 10))) +
           "<div class=\"figures\">\n" + figures(r) + "</div>\n" +
           html::paragraph(fmt::format("Measured on {} {} that were not trained on.", measured_text(r),
                                       r.is_table() ? "rows" : "images"));
}

/// What the curves mean, and what no curve can fall below.
std::string about_curves(const RunReport& r) {
    const std::string first =
        "The training loss is taken while weights still change, so it lies above the validation loss at first.";
    if (!r.has_bce() || !r.floor) return first;
    return "The floor is the entropy of the grey pixels: no reconstruction's binary cross-entropy can be lower. " +
           first;
}

std::string curves(const RunReport& r) {
    if (r.history.empty())
        return html::section("Loss", html::paragraph("The folder has no checkpoint, which would hold the history."));
    svg::Series loss{"training", "first", {}}, val{"validation", "second", {}};
    for (const EpochRecord& e : r.history) loss.values.push_back(e.loss), val.values.push_back(e.val_loss);
    loss.dashed = true;
    val.marked = static_cast<std::size_t>(best_epoch(r.history).epoch);
    const std::string measure = r.has_bce() ? "BCE, nats a " + r.value_name() : "mean squared error";
    const std::string chart =
        svg::line_chart({"epoch", measure, {loss, val}, r.has_bce() ? r.floor : std::nullopt, "floor"});
    const std::string told = diagnosis(r.history);
    return html::section("Loss", chart + (told.empty() ? "" : "<p class=\"told\">" + html::escape(told) + "</p>\n") +
                                     html::paragraph(about_curves(r)));
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
    add("loss", text(s.loss));
    add("scale", text(s.scaling));
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

std::string RunReport::label_name(std::size_t label) const {
    return label_text(label, data.label_names);
}

std::vector<int> by_error(const RunReport& r) {
    std::vector<int> order(r.scores.mse.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater(), [&](int i) { return r.scores.mse[static_cast<std::size_t>(i)]; });
    return order;
}

std::string report_page(const RunReport& r) {
    const std::string examples = r.is_table() ? report::columns(r) + report::worst_rows(r) : report::pictures(r);
    return html::page("Autoencoder " + r.model.settings.shape.text() + " on " + r.data.name,
                      headline(r) + curves(r) + examples + report::errors_by_label(r) + report::codes(r) +
                          report::denoising(r) + report::compression(r) + settings(r));
}

}  // namespace ae
