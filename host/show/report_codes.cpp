#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/rows.h"
#include "show/html.h"
#include "show/report_sections.h"
#include "show/svg_chart.h"
#include "use/pca.h"

namespace ae::report {

namespace {

constexpr int kMostPoints = 2000;  // more only darken the middle

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

std::string about_codes(const RunReport& r) {
    const int dimensions = r.model.settings.shape.code_size(), dead = dead_units(r);
    const std::string what = r.is_table() ? "a row" : "an image", all = r.is_table() ? "rows" : "images";
    std::string text = fmt::format(
        "Every dot is {}, placed by the two directions in which its code of {} numbers varies most (PCA){}.", what,
        dimensions, r.data.test.labels.empty() ? "" : ", coloured by its label");
    if (dead > 0)
        text += fmt::format(" {} of {} code units are 0 for all {}; --code-activation linear uses them all.", dead,
                            dimensions, all);
    return text;
}

}  // namespace

std::string errors_by_label(const RunReport& r) {
    std::array<std::pair<double, int>, 256> sums{};
    for (std::size_t i = 0; i < r.data.test.labels.size(); ++i) {
        auto& [sum, count] = sums[r.data.test.labels[i]];
        sum += r.scores.mse[i], ++count;
    }
    html::Table table{{"label", r.is_table() ? "rows" : "images", "MSE"}, {}};
    if (!r.are_numbers()) table.head.push_back("PSNR");
    for (std::size_t label = 0; label < sums.size(); ++label) {
        const auto& [sum, count] = sums[label];
        if (count == 0) continue;
        table.rows.push_back({r.label_name(label), fmt::to_string(count), fmt::format("{:.5f}", sum / count)});
        if (!r.are_numbers()) table.rows.back().push_back(fmt::format("{:.2f} dB", psnr(sum / count)));
    }
    return table.rows.empty() ? "" : html::section("By label", html::table(table));
}

std::string codes(const RunReport& r) {
    const int dimensions = r.model.settings.shape.code_size();
    if (dimensions < 2 || r.data.test.count < 3) return "";
    ThreadPool pool;
    const auto codes = as_rows(r.codes, dimensions);
    const Pca pca({codes.data, codes.rows, codes.cols}, 2, pool);
    const std::vector<float> projected = pca.project({codes.data, std::min(codes.rows, kMostPoints), codes.cols}, pool);
    std::vector<svg::Point> points;
    for (std::size_t i = 0; i * 2 < projected.size(); ++i)
        points.push_back({projected[2 * i], projected[2 * i + 1],
                          r.data.test.labels.empty() ? std::uint8_t(0) : r.data.test.labels[i]});
    const auto name = [&](int label) {
        return r.data.test.labels.empty() ? "" : r.label_name(static_cast<std::size_t>(label));
    };
    return html::section("The codes",
                         svg::scatter(points, "codes in two dimensions", name) + html::paragraph(about_codes(r)));
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

}  // namespace ae::report
