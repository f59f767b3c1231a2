// Pictures in another size.
#pragma once
#include "file/picture.h"

namespace ae {

/// Each axis by itself: a shorter one takes the mean over the area that a new pixel covers, a longer one is
/// interpolated linearly between the centres of pixels, and the outermost continue beyond the edge.
Picture resized(const Picture& picture, int width, int height);

}  // namespace ae
