#include "command/scored_images.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "file/atomic_file.h"
#include "file/csv_writer.h"
#include "train/busy_line.h"

namespace ae {
namespace {

constexpr std::size_t kPiece = 1 << 16;  // bytes that are written at a time

/// "3/5": the members of an ensemble that call the image anomalous, of all.
std::string members_text(const Scored& scored, const EnsembleVerdict& verdict) {
    const auto members = static_cast<double>(scored.detector.members().size());
    return fmt::format("{:.0f}/{:.0f}", verdict.share * members, members);
}

/// A line for the writing of many results, unless they themselves are seen.
ProgressMode shown_writing() {
    return isatty(STDOUT_FILENO) != 0 ? ProgressMode::never : ProgressMode::automatic;
}

}  // namespace

void say_if_unsuited(AnomalyScore score, bool for_numbers) {
    const bool is_by_angle =
        score == AnomalyScore::combined || score == AnomalyScore::cosine || score == AnomalyScore::knn_cosine;
    if (for_numbers && is_by_angle)
        say("--score {} goes by angles, and overlooks numbers that are far too large; mse and knn do not", text(score));
}

void print_table(const Scored& scored) {
    std::size_t width = 5;
    for (std::size_t i = 0; i < scored.results.size(); ++i) width = std::max(width, printable(scored.name(i)).size());
    print("{:<{}}  {:>11}  {}{:>8}  verdict\n", "image", width, text(scored.score),
          scored.is_of_ensemble() ? fmt::format("{:>9}  {:>6}  ", "± spread", "agree") : "", "p");
    for (std::size_t i = 0; i < scored.results.size(); ++i) {
        const EnsembleVerdict& s = scored.results[i];
        const std::string features = scored.features_of(i);
        print("{:<{}}  {:>11.5g}  {}{:>8.2g}  {}{}\n", scored.name(i), width, s.score,
              scored.is_of_ensemble() ? fmt::format("{:>9.2g}  {:>6}  ", s.spread, members_text(scored, s)) : "", s.p,
              text(s.verdict), features.empty() ? "" : "  " + features);
    }
    print("\n");
}

void write_csv(const std::filesystem::path& path, const Scored& scored) {
    const BusyLine writing(shown_writing(), "writing", silence());
    OutputFile file(path);
    std::string lines =
        fmt::format("name,score,p_value,verdict,features{}\n", scored.is_of_ensemble() ? ",spread,share" : "");
    for (std::size_t i = 0; i < scored.results.size(); ++i) {
        const EnsembleVerdict& s = scored.results[i];
        lines += fmt::format("{},{},{:.6g},{},{}{}\n", csv_cell(scored.name(i)), s.score, s.p, text(s.verdict),
                             csv_cell(scored.features_of(i)),
                             scored.is_of_ensemble() ? fmt::format(",{:.6g},{:.6g}", s.spread, s.share) : "");
        if (lines.size() < kPiece) continue;
        file.write(lines);
        lines.clear();
    }
    file.write(lines);
    file.commit();
}

void print_summary(const Scored& scored) {
    const double share = 100.0 * scored.count(Verdict::anomalous) / static_cast<double>(scored.results.size());
    const int dark = scored.count(Verdict::too_dark);
    const bool are_rows = scored.images.are_numbers;
    print("{} {}: {} normal, {} anomalous ({:.2f} %){}; {}{} above {:.5g} is anomalous\n", scored.results.size(),
          are_rows ? "rows" : "images", scored.count(Verdict::normal), scored.count(Verdict::anomalous), share,
          are_rows ? "" : fmt::format(", {} too dark", dark),
          scored.is_of_ensemble() ? fmt::format("mean of {} models: ", scored.detector.members().size()) : "",
          text(scored.score), scored.detector.threshold(scored.score));
    if (dark > 0)
        print("too dark: less than half as bright as the darkest normal image; any network draws such an image well\n");
}

/// A document of a million results would take a gigabyte: they are put into it one by one.
void print_json(const Scored& scored, const std::string& model) {
    const BusyLine writing(shown_writing(), "writing", silence());
    const EnsembleDetector& detector = scored.detector;
    nlohmann::ordered_json document = {{"model", model},
                                       {"input", scored.images.origin},
                                       {"images", scored.images.count},
                                       {"score", text(scored.score)},
                                       {"false_alarm_rate", detector.rule().false_alarm_rate},
                                       {"threshold", detector.threshold(scored.score)},
                                       {"normal", scored.count(Verdict::normal)},
                                       {"anomalous", scored.count(Verdict::anomalous)},
                                       {"too_dark", scored.count(Verdict::too_dark)}};
    if (scored.is_of_ensemble()) document["members"] = detector.members().size();
    std::string head = json_text(document, 2);
    head.resize(head.size() - 2);  // the line that closes it
    print_text(head + ",\n  \"results\": [");
    for (std::size_t i = 0; i < scored.results.size(); ++i) {
        const EnsembleVerdict& s = scored.results[i];
        nlohmann::ordered_json result = {
            {"name", scored.name(i)}, {"score", s.score}, {"p", s.p}, {"verdict", text(s.verdict)}};
        if (scored.is_of_ensemble()) result["spread"] = s.spread, result["share"] = s.share;
        if (const std::string features = scored.features_of(i); !features.empty()) result["features"] = features;
        print_text((i == 0 ? "\n    " : ",\n    ") + json_text(result));
    }
    print_text("\n  ]\n}\n");
}

}  // namespace ae
