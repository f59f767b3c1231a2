// Noise on images in host memory, the same that training draws on the device.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "ae/noise.h"
#include "base/thread_pool.h"
#include "file/picture.h"

namespace ae {

/// Throws UsageError where the noise cannot be put on images of this size: blocks larger than they are, or on colour.
void check_noise(const Noise& noise, int height, int width, int channels);

/// n × height × width × channels in [0, 1], with the noise of `stream` for image number `first` and those after it: the
/// same in every run. Throws as check_noise() does.
std::vector<float> with_noise(std::span<const float> clean, const Noise& noise, ImageSize size, std::uint64_t stream,
                              ThreadPool& pool, int first = 0);

}  // namespace ae
