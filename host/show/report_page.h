// A run as one HTML page: curves, reconstructions, best and worst cases, the codes in two dimensions, tables, settings.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ae/history.h"
#include "ae/metrics.h"
#include "ae/model.h"
#include "data/image_stream.h"
#include "use/rate_distortion.h"

namespace ae {

/// Images restored from noise, and how near they come to the clean ones.
struct Restored {
    std::string name;  ///< "noisy", "median 3×3", "model"
    std::vector<float> images;
    double psnr = 0, ssim = 0;
};

/// The images that are measured.
struct MeasuredImages {
    std::string name;      ///< of their set
    ImageFacts test = {};  ///< of the images below
    int all = 0;           ///< how many test images the set has
    std::vector<std::string> label_names = {};

    bool are_rows() const { return test.are_numbers && test.size.height == 1; }
};

/// The content of the page. Images are n × height × width in [0, 1], or rows of numbers as the network sees them; codes
/// n × code_size.
struct RunReport {
    std::string run;  ///< the folder
    Model model;
    History history;  ///< empty if the run has no checkpoint
    MeasuredImages data;
    std::vector<float> originals, reconstructions, codes;
    Scores scores;
    std::optional<double> floor;     ///< of pixels' BCE
    double ssim = 0;                 ///< NaN for images smaller than its window
    std::vector<RatePoint> rates;    ///< of compression, empty where not measured
    std::vector<Restored> denoised;  ///< noisy, median, model; empty where the model was not trained on noise

    ImageSize size() const { return data.test.size; }
    bool are_numbers() const { return data.test.are_numbers; }
    bool is_table() const { return data.are_rows(); }
    bool has_bce() const { return model.settings.loss == Loss::bce; }
    std::string value_name() const { return are_numbers() ? "value" : "pixel"; }
    std::string label_name(std::size_t label) const;
};

/// The numbers of the images, those with the largest errors first.
std::vector<int> by_error(const RunReport& r);

/// Pure: the same report gives the same page.
std::string report_page(const RunReport& report);

}  // namespace ae
