// A run as one HTML page: curves, reconstructions, best and worst cases, the codes in two dimensions, tables, settings.
#pragma once
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

/// The content of the page. Images are n × height × width in [0, 1], codes n × code_size.
struct RunReport {
    std::string run;  ///< the folder
    Model model;
    History history;  ///< empty if the run has no checkpoint
    Dataset data;     ///< `test` are the images below
    std::vector<float> originals, reconstructions, codes;
    Scores scores;
    double floor = 0;
    double ssim = 0;                 ///< NaN for images smaller than its window
    std::vector<RatePoint> rates;    ///< of compression, empty where not measured
    std::vector<Restored> denoised;  ///< noisy, median, model; empty where the model was not trained on noise

    ImageSize size() const { return size_of(data.test); }
};

/// Pure: the same report gives the same page.
std::string report_page(const RunReport& report);

}  // namespace ae
