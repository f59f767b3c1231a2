// Changes that a person asks for: of size, of colour, of rows and columns.
#pragma once
#include "ae/dataset.h"

namespace ae {

/// Transposes images, turns them to grey, brings them to a size, in this order. Images that are changed lose the
/// checksum of their file.
void change(Dataset& data, const ImageReading& reading);

/// Bytes become the numbers 0…255.
void turn_to_numbers(Images& images);

/// Colours become grey.
void turn_grey(Images& images);

}  // namespace ae
