#pragma once

#include <cstdint>

#include "foray/scattering/integrate.h"

namespace foray::scattering {

// Refuses an image of another shape than the mask's.
void require_shape(const char* where, const char* what, Eigen::Index rows, Eigen::Index cols,
                   const Mask& mask);

// What each pixel counts for.
Image normalization_map(const char* where, const Geometry& geometry, const Mask& mask,
                        const Corrections& corrections);

// Says which pixel of an image is no number that it can be.
[[noreturn]] void refuse_pixel(const char* where, const char* what, const Image& image,
                               std::int64_t pixel, bool any_sign);

}  // namespace foray::scattering
