// The sections of a run's page that show what the network makes of the images or rows. Each is "" where it has nothing
// to show.
#pragma once
#include <string>

#include "show/report_page.h"

namespace ae::report {

std::string pictures(const RunReport& r);   ///< the first images, the worst and the best, each with its reconstruction
std::string denoising(const RunReport& r);  ///< of a model that was trained on noise

std::string columns(const RunReport& r);     ///< of a table: how well each is rebuilt, the worst first
std::string worst_rows(const RunReport& r);  ///< of a table: the columns that are at fault, in their own units

std::string errors_by_label(const RunReport& r);
std::string codes(const RunReport& r);  ///< in two dimensions
std::string compression(const RunReport& r);

}  // namespace ae::report
