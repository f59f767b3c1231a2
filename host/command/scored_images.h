// The verdicts of `anomaly score`, and how they are told.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "data/image_stream.h"
#include "use/ensemble_detector.h"

namespace ae {

/// All that was found, 32 bytes an image and the text of its columns at fault, and how it is told.
struct Scored {
    const ImageFacts& images;
    const EnsembleDetector& detector;
    AnomalyScore score;
    std::vector<EnsembleVerdict> results = {};
    std::vector<std::string> features = {};  ///< "radius=0.62; area=0.21", those at fault; empty: not asked for

    /// Its file's name, or its number.
    std::string name(std::size_t i) const { return images.names.empty() ? std::to_string(i) : images.names[i]; }
    bool is_of_ensemble() const { return detector.members().size() > 1; }
    std::string features_of(std::size_t i) const { return features.empty() ? "" : features[i]; }
    int count(Verdict verdict) const {
        return static_cast<int>(std::ranges::count(results, verdict, &EnsembleVerdict::verdict));
    }
};

/// Says on stderr where a score of pictures is asked for numbers: one by angles overlooks rows that lie far out in
/// usual directions.
void say_if_unsuited(AnomalyScore score, bool for_numbers);

void print_table(const Scored& scored);
void print_summary(const Scored& scored);

/// One document; `model` is the file that was asked for.
void print_json(const Scored& scored, const std::string& model);

/// name,score,p_value,verdict,features, of an ensemble also spread,share; throws as an OutputFile does.
void write_csv(const std::filesystem::path& path, const Scored& scored);

}  // namespace ae
