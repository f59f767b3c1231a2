// Images whose values are those that a network takes, or refused.
#pragma once
#include "data/image_input.h"
#include "data/image_stream.h"

namespace ae {

/// Values that only rounding has put outside [0, 1] are clamped to it, unless any number is wanted. read() throws
/// DataError for the first value that is not wanted, naming its place. `are_numbers` tells numbers from pixels.
ImageStreamPtr settled(ImageStreamPtr from, const WantedImages& wanted, bool are_numbers);

}  // namespace ae
