// The changes of images that a run was trained with, as metadata of its model.
#pragma once
#include <map>
#include <string>

#include "ae/dataset.h"

namespace ae {

/// By the options' names; options that were not given are left out.
std::map<std::string, std::string> reading_facts(const ImageReading& reading);

/// The reading that reading_facts() described, found among other metadata.
ImageReading reading_of_facts(const std::map<std::string, std::string>& facts);

/// "32x24", width and height, or empty for none. Throws UsageError.
void parse_resize(const std::string& text, ImageReading& reading);

}  // namespace ae
