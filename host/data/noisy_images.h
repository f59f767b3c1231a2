// Noise on images in host memory, the same that training draws on the device.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "ae/noise.h"
#include "base/thread_pool.h"
#include "file/picture.h"

namespace ae {

/// n × height × width in [0, 1], with the noise of `stream`: the same in every run.
std::vector<float> with_noise(std::span<const float> clean, const Noise& noise, ImageSize size, std::uint64_t stream,
                              ThreadPool& pool);

}  // namespace ae
