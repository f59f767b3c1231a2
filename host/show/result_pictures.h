// The pictures that commands write, each with words that say what is seen.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "file/picture.h"

namespace ae {

using Pixels = std::span<const float>;  ///< n × height × width × channels in [0, 1]

/// The same images before and after the network.
struct RebuiltImages {
    std::vector<float> originals, reconstructions;
    bool are_numbers = false;  ///< and no pixels: drawn in greys, from the least to the greatest
};

/// Originals, what the network makes of the `code_size` numbers that it keeps of each, and each one's error.
Picture reconstruction_picture(const RebuiltImages& images, ImageSize size, int code_size);

/// The same images before and after.
struct DenoisedImages {
    Pixels noisy;
    std::vector<float> median;  ///< by the 3 × 3 filter
    Pixels restored;
    Pixels clean;  ///< empty where nobody knows them
};

/// With the PSNR of each image where the clean ones are known.
Picture denoised_picture(const DenoisedImages& images, ImageSize size);

/// Images, reconstructions, and the signed errors in two colours; a caption for each image.
Picture anomaly_picture(Pixels images, Pixels reconstructions, std::vector<std::string> captions, ImageSize size);

}  // namespace ae
