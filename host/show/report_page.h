// A run as one HTML page: curves, reconstructions, best and worst cases, the codes in two dimensions, tables, settings.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "ae/history.h"
#include "ae/metrics.h"
#include "ae/model.h"
#include "data/image_check.h"
#include "use/rate_distortion.h"

namespace ae {

/// Images restored from noise, and how near they come to the clean ones.
struct Restored {
    std::string name;  ///< "noisy", "median 3×3", "model"
    std::vector<float> images;
    double psnr = 0, ssim = 0;
};

/// The content of the page. Images are n × height × width in [0, 1], or rows of numbers as the network sees them; codes
/// n × code_size.
struct RunReport {
    std::string run;  ///< the folder
    Model model;
    History history;  ///< empty if the run has no checkpoint
    Dataset data;     ///< `test` are the images below
    std::vector<float> originals, reconstructions, codes;
    Scores scores;
    std::optional<double> floor;     ///< of pixels' BCE
    double ssim = 0;                 ///< NaN for images smaller than its window
    std::vector<RatePoint> rates;    ///< of compression, empty where not measured
    std::vector<Restored> denoised;  ///< noisy, median, model; empty where the model was not trained on noise

    ImageSize size() const { return size_of(data.test); }
    bool are_numbers() const { return data.test.are_numbers(); }
    bool is_table() const { return data.test.are_rows(); }
    bool has_bce() const { return model.settings.loss == Loss::bce; }
    std::string value_name() const { return are_numbers() ? "value" : "pixel"; }
    std::string label_name(std::size_t label) const;
};

/// The numbers of the images, those with the largest errors first.
std::vector<int> by_error(const RunReport& r);

/// Pure: the same report gives the same page.
std::string report_page(const RunReport& report);

}  // namespace ae
